import AnysizeCore
import AnysizeTesting
import NIOCore
import Testing

@testable import AnysizeEngine

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Formats that only a setting lets in, in real helpers. Serialized, since each test has a pool of its own and cores are few.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ExtraFormatTests {
    private typealias Seen = Pictures.Seen

    private static let red = [220, 30, 30]
    private static let green = [30, 180, 60]
    private static let blue = [40, 60, 220]

    private func checkMarks(_ seen: Seen, _ distance: Int, _ name: String) {
        #expect(Pictures.isNear(seen.at(0.15, 0.2), Self.red, distance), "\(name)")
        #expect(Pictures.isNear(seen.at(0.85, 0.2), Self.green, distance), "\(name)")
        #expect(Pictures.isNear(seen.at(0.15, 0.8), Self.blue, distance), "\(name)")
    }

    @Test func picturesInColourShowTheirMarks() async throws {
        try await withDecoder { decoder in
            for (name, distance) in [
                ("strips_lzw.tif", 3), ("tiles_deflate.tif", 3), ("jpeg.tif", 12), ("big.tif", 3), ("palette.tif", 26),
                ("orientation_6.tif", 12), ("photo.jxl", 12),
            ] {
                let (seen, facts) = try await decoder.see(try Fixture.extra(name), "w=240&format=png")
                #expect((seen.width, seen.height) == (240, 160), "\(name)")
                #expect(facts.pageCount == 1 && !facts.hasAlpha && facts.bitDepth == 8, "\(name)")
                checkMarks(seen, distance, name)
            }
            let cmyk = try await decoder.see(try Fixture.extra("cmyk.tif"), "w=240&format=png").seen
            #expect(cmyk.bands == 3)
            let inks = try await decoder.see(try Fixture.original("cmyk_noprofile.jpg"), "w=240&format=png").seen
            #expect(cmyk.difference(from: inks) < 3)
        }
    }

    @Test func deepGrayAndBilevelPicturesAreWhatTheyWere() async throws {
        try await withDecoder { decoder in
            for (name, depth) in [("rgb16.tif", 16), ("rgb16.jxl", 16)] {
                let (seen, facts) = try await decoder.see(try Fixture.extra(name), "format=png")
                let original = try await decoder.see(try Fixture.original("rgb16.png"), "format=png").seen
                #expect(facts.bitDepth == depth)
                #expect(seen.difference(from: original) < 2, "\(name)")
            }
            let gray = try await decoder.see(try Fixture.extra("gray.tif"), "format=png")
            #expect(gray.facts.isGray && gray.seen.bands == 1)
            for name in ["two_pages.tif", "gray.jxl", "container.jxl", "parts.jxl"] {
                let (seen, facts) = try await decoder.see(try Fixture.extra(name), "format=png")
                #expect(facts.pageCount == 1 && facts.isGray)
                #expect(seen.difference(from: gray.seen) == 0, "\(name)")
            }
            let fax = try await decoder.see(try Fixture.extra("fax4.tif"), "format=png").seen
            #expect(Set(fax.pixels) == [0, 255])
            for (u, v) in [(0.15, 0.2), (0.62, 0.27), (0.5, 0.02)] {
                #expect((fax.at(u, v)[0] > 127) == (gray.seen.at(u, v)[0] > 127))
            }
            let wide = try await decoder.see(try Fixture.extra("p3.jxl"), "format=png")
            #expect(wide.facts.profile != nil)
            #expect(Pictures.isNear(wide.seen.at(0.15, 0.2), [240, 0, 0], 12), "\(wide.seen.at(0.15, 0.2))")
        }
    }

    /// Hidden magenta must not show, nor must colours be darker for having been multiplied by alpha in the file.
    @Test func transparencyIsKept() async throws {
        try await withDecoder { decoder in
            let original = try await decoder.see(try Fixture.original("alpha.png"), "format=png").seen
            for name in ["alpha.tif", "alpha_premultiplied.tif", "alpha.jxl"] {
                let (seen, facts) = try await decoder.see(try Fixture.extra(name), "")
                #expect(facts.hasAlpha && seen.bands == 4, "\(name)")
                for (u, v) in [(100 / 240.0, 0.5), (0.3, 0.5), (0.95, 0.95)] {
                    let (here, there) = (seen.at(u, v), original.at(u, v))
                    #expect(abs(here[3] - there[3]) < 3, "\(name)")
                    if there[3] > 200 { #expect(Pictures.isNear(here, there, 4), "\(name) \(here) \(there)") }
                }
            }
        }
    }

    // MARK: drawings

    private static func svg(_ body: String, attributes: String = "width='100' height='100'") -> ByteBuffer {
        ByteBuffer(
            string:
                "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' \(attributes)>\(body)</svg>"
        )
    }

    private static let halves =
        "<rect width='50' height='100' fill='#f00'/><rect x='50' width='50' height='100' fill='#00f'/>"

    /// A pixel on either side of the edge has nothing of the other.
    @Test func aDrawingIsSharpAtAnySize() async throws {
        try await withDecoder([.svg]) { decoder in
            for (query, width, height) in [
                ("w=800", 800, 800), ("w=40", 40, 40), ("", 100, 100), ("w=600&h=300&fit=stretch", 600, 300),
                ("w=400&h=200&fit=cover", 400, 200), ("crop=40,40,20,20&w=1000", 1_000, 1_000),
            ] {
                let (seen, facts) = try await decoder.see(Self.svg(Self.halves), query)
                #expect((facts.width, facts.height, facts.hasAlpha) == (100, 100, true))
                #expect((seen.width, seen.height) == (width, height), "\(query)")
                let middle = Double(width) / 2
                // Resampling rounds where there is alpha.
                #expect(Pictures.isNear(seen.at((middle - 2) / Double(width), 0.5), [255, 0, 0, 255], 1), "\(query)")
                #expect(Pictures.isNear(seen.at((middle + 2) / Double(width), 0.5), [0, 0, 255, 255], 1), "\(query)")
            }
            let clear = try await decoder.see(Self.svg("<circle cx='50' cy='50' r='40' fill='#0f0'/>"), "w=300").seen
            #expect(clear.at(0.5, 0.5) == [0, 255, 0, 255] && clear.at(0.01, 0.01)[3] == 0)
            let inches = try await decoder.see(
                Self.svg("<rect width='96' height='96' fill='#f00'/>", attributes: "width='2in' height='100%'"),
                "w=384")
            #expect((inches.facts.width, inches.facts.height) == (192, 150))
            #expect(inches.seen.at(0.49, 0.3) == [255, 0, 0, 255] && inches.seen.at(0.51, 0.3)[3] == 0)
        }
    }

    /// FreeType draws no letter of much more than a thousand pixels.
    @Test func lettersOfAnySizeAreDrawn() async throws {
        try await withDecoder([.svg]) { decoder in
            let text = Self.svg("<text x='2' y='18' font-size='16'>Ab</text>", attributes: "width='24' height='24'")
            var shares: [Double] = []
            for width in [400, 1900, 2600, 3000] {
                let (seen, _) = try await decoder.see(text, "w=\(width)")
                #expect(seen.width == width)
                var ink = 0
                for pixel in stride(from: 3, to: seen.pixels.count, by: 4) where seen.pixels[pixel] > 127 { ink += 1 }
                shares.append(Double(ink) / Double(width * width))
            }
            #expect(shares.allSatisfy { abs($0 / shares[0] - 1) < 0.02 }, "\(shares)")
        }
    }

    /// Shut in, where no file can be opened: whatever family is named, one of the four is there, in each size and style.
    @Test func textsAreDrawn() async throws {
        try await withDecoder([.svg]) { decoder in
            func ink(_ style: String, _ query: String = "w=200") async throws -> Int {
                let text = Self.svg(
                    "<text y='60' \(style)>Régla</text>", attributes: "width='200' height='100'")
                let seen = try await decoder.see(text, query).seen
                return stride(from: 3, to: seen.pixels.count, by: 4).reduce(0) { $0 + Int(seen.pixels[$1]) } / 255
            }
            let plain = try await ink("font-family='DejaVu Sans' font-size='40'")
            #expect(plain > 500)
            #expect(try await ink("font-family='Helvetica Neue, Arial' font-size='40'") == plain)
            #expect(try await ink("font-family='sans-serif' font-size='40' font-weight='bold'") > plain * 5 / 4)
            for family in ["serif", "monospace", "Nobody"] {
                #expect(try await ink("font-family='\(family)' font-size='40' font-style='italic'") > plain / 2)
            }
            let large = try await ink("font-family='DejaVu Sans' font-size='40'", "w=1000")
            #expect(abs(large - plain * 25) < plain * 3)
            // As many sizes as drive all fonts out of what the libraries keep.
            let flood = (0..<400).map {
                "<text y='50' font-family='DejaVu Sans' font-size='\(10 + Double($0) / 10)'>a</text>"
            }
            _ = try await decoder.see(Self.svg(flood.joined()), "")
            let bold = try await ink("font-family='DejaVu Sans' font-size='40' font-weight='bold'")
            #expect(bold > plain * 5 / 4)
            #expect(try await ink("font-family='DejaVu Serif' font-size='33'") > plain / 3)
        }
    }

    /// A red picture lies where each of these points. The one that is in the document itself shows; else this test would show nothing.
    @Test func nothingOutsideIsShownAndNothingRuns() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "anysize-outside-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let red = try Fixture.original("tiny.png")
        try Data(red.readableBytesView).write(to: folder.appending(path: "red.png"))
        let drawing =
            "<svg xmlns='http://www.w3.org/2000/svg'><rect id='r' width='100' height='100' fill='#f00'/></svg>"
        try Data(drawing.utf8).write(to: folder.appending(path: "red.svg"))
        try Data("rect { fill: #f00 }".utf8).write(to: folder.appending(path: "red.css"))
        let (path, drawn) = ("\(folder.path)/red.png", "\(folder.path)/red.svg")
        let inside = "data:image/png;base64,\(Data(red.readableBytesView).base64EncodedString())"
        let rect = "<rect width='100' height='100'/>"
        func image(_ address: String) -> ByteBuffer {
            Self.svg("<image width='100' height='100' href='\(address)' xlink:href='\(address)'/>")
        }
        let outside: [(String, ByteBuffer)] = [
            ("file", image("file://\(path)")), ("path", image(path)), ("relative", image("red.png")),
            ("above", image("../red.png")), ("http", image("http://127.0.0.1:9/red.png")),
            ("use", Self.svg("<use href='file://\(drawn)#r' xlink:href='file://\(drawn)#r'/>")),
            (
                "filter",
                Self.svg(
                    "<filter id='f'><feImage href='file://\(path)'/></filter><rect width='100' height='100' filter='url(#f)'/>"
                )
            ),
            ("pattern", Self.svg("<rect width='100' height='100' fill='url(file://\(drawn)#r)'/>")),
            ("import", Self.svg("<style>@import url('file://\(folder.path)/red.css');</style>\(rect)")),
            (
                "stylesheet",
                ByteBuffer(
                    string:
                        "<?xml-stylesheet href='file://\(folder.path)/red.css'?><svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'>\(rect)</svg>"
                )
            ),
            (
                "include",
                Self.svg(
                    "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file://\(drawn)' parse='xml'/>")
            ),
            (
                "script",
                Self.svg(
                    "<script>document.documentElement.innerHTML='<rect width=\"100\" height=\"100\" fill=\"#f00\"/>'</script>",
                    attributes:
                        "width='100' height='100' onload='document.rootElement.setAttribute(\"fill\", \"#f00\")'")
            ),
            (
                "entity",
                ByteBuffer(
                    string:
                        "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file://\(drawn)'>]><svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'>&x;</svg>"
                )
            ),
        ]
        try await withDecoder([.svg]) { (decoder) async throws in
            #expect(try await decoder.see(image(inside), "").seen.at(0.5, 0.5) == [220, 30, 30, 255])
            for (name, document) in outside {
                do throws(RenderError) {
                    let seen = try await self.shown(document, decoder)
                    let isRed = stride(from: 0, to: seen.pixels.count, by: 4).contains {
                        seen.pixels[$0] > 200 && seen.pixels[$0 + 1] < 50 && seen.pixels[$0 + 3] > 0
                    }
                    #expect(!isRed, "\(name)")
                } catch {
                    guard case .undecodable = error else {
                        Issue.record("\(name): \(error)")
                        continue
                    }
                }
            }
        }
    }

    private func shown(_ document: ByteBuffer, _ decoder: HelperDecoder) async throws(RenderError) -> Seen {
        do { return try await decoder.see(document, "").seen } catch let error as RenderError { throw error } catch {
            throw .failed(cause: "\(error)")
        }
    }

    @Test func drawingsWithoutEndAreRefusedAndTheNextOneIsDrawn() async throws {
        let laughs = (1...9).map { "<!ENTITY l\($0) '\(String(repeating: "&l\($0 - 1);", count: 10))'>" }
        let uses = (1...20).map {
            "<g id='u\($0)'>\(String(repeating: "<use href='#u\($0 - 1)' xlink:href='#u\($0 - 1)'/>", count: 10))</g>"
        }
        let documents: [(String, ByteBuffer)] = [
            (
                "entities",
                ByteBuffer(
                    string:
                        "<!DOCTYPE svg [<!ENTITY l0 'ha'>\(laughs.joined())]><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>&l9;</text></svg>"
                )
            ),
            (
                "depth",
                Self.svg(
                    String(repeating: "<g>", count: 100_000) + String(repeating: "</g>", count: 100_000))
            ),
            ("uses", Self.svg("<g id='u0'><rect width='9' height='9'/></g>" + uses.joined() + "<use href='#u20'/>")),
            ("cut off", Self.svg("<g>")), ("no XML", ByteBuffer(string: "<svg width='9' height='9'><<<")),
        ]
        try await withDecoder([.svg]) { (decoder) async throws in
            for (name, document) in documents {
                do throws(RenderError) {
                    _ = try await decoder.examine(document, pyramid: Pyramid(), deadline: .now + .seconds(100))
                    Issue.record("\(name) was drawn")
                } catch {
                    switch error {
                    case .undecodable, .fatal: break
                    default: Issue.record("\(name): \(error)")
                    }
                }
                #expect(try await decoder.see(Self.svg(Self.halves), "w=9").seen.width == 9)
            }
        }
    }

    @Test func whatIsntNamedIsNotDecoded() async throws {
        try await withDecoder([.tiff]) { decoder in
            for (bytes, format) in [
                (Self.svg(Self.halves), ImageFormat.svg), (try Fixture.extra("photo.jxl"), .jxl),
                (try Fixture.extra("two_pages.pdf"), .pdf),
            ] {
                await #expect {
                    try await decoder.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(60))
                } throws: { error in
                    if case .formatIsOff(format) = error as? RenderError { true } else { false }
                }
            }
        }
    }
}
