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

/// First pages of PDFs, drawn in real helpers. Serialized, since each test has a pool of its own and cores are few.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PageTests {
    private typealias Seen = Pictures.Seen

    /// Pixels darker than half, of a part of the picture.
    private func ink(_ seen: Seen, _ columns: Range<Double> = 0..<1, _ rows: Range<Double> = 0..<1) -> Int {
        var count = 0
        for y in Int(rows.lowerBound * Double(seen.height))..<Int(rows.upperBound * Double(seen.height)) {
            for x in Int(columns.lowerBound * Double(seen.width))..<Int(columns.upperBound * Double(seen.width)) {
                let place = (y * seen.width + x) * seen.bands
                if seen.pixels[place..<place + 3].allSatisfy({ $0 < 128 }) { count += 1 }
            }
        }
        return count
    }

    @Test func theFirstPageIsDrawnOnPaperAtAnySize() async throws {
        try await withDecoder([.pdf]) { decoder in
            let pages = try Fixture.extra("two_pages.pdf")
            for (query, width, height) in [
                ("format=png", 240, 160), ("w=120&format=png", 120, 80), ("w=1200&format=png", 1_200, 800),
                ("w=501&format=png", 501, 334), ("w=300&h=300&fit=stretch&format=png", 300, 300),
            ] {
                let (seen, facts) = try await decoder.see(pages, query)
                #expect((facts.width, facts.height, facts.pageCount, facts.hasAlpha) == (240, 160, 1, false))
                #expect((seen.width, seen.height, seen.bands) == (width, height, 3), "\(query)")
                #expect(Pictures.isNear(seen.at(0.15, 0.2), [220, 30, 30], 1), "\(query)")
                #expect(Pictures.isNear(seen.at(0.85, 0.2), [30, 180, 60], 1), "\(query)")
                #expect(Pictures.isNear(seen.at(0.15, 0.8), [40, 60, 220], 1), "\(query)")
                #expect(seen.at(0.9, 0.9) == [255, 255, 255], "\(query)")
            }
            // Drawn anew, not enlarged: red and paper meet within a pixel or two.
            let large = try await decoder.see(pages, "w=2400&format=png").seen
            let edge = (0..<20).map { large.at((504 - 10 + Double($0)) / 2400, 0.2) }
            #expect(edge.count { $0[1] > 40 && $0[1] < 245 } <= 2, "\(edge)")
            let (turned, facts) = try await decoder.see(try Fixture.extra("turned.pdf"), "format=png")
            #expect((facts.width, facts.height, turned.width) == (160, 240, 160))
            #expect(Pictures.isNear(turned.at(0.8, 0.15), [220, 30, 30], 1))
        }
    }

    /// Whose fonts aren't in the file. The helper is shut in, and must find them all the same, file after file.
    @Test func textIsThereInEachOfTheFontsThatReadersKnow() async throws {
        let names = [
            "Helvetica", "Helvetica-Bold", "Times-Roman", "Times-Bold", "Courier", "Courier-Bold", "NobodyKnows",
        ]
        try await withDecoder([.pdf]) { decoder in
            var inks: [String: Int] = [:]
            for name in names {
                let page = Self.page("0 g BT /F 40 Tf 10 30 Td (Anysize) Tj ET", font: name)
                inks[name] = ink(try await decoder.see(page, "w=400&format=png").seen)
            }
            #expect(inks.values.allSatisfy { $0 > 1_000 }, "\(inks)")
            for (plain, bold) in [(0, 1), (2, 3), (4, 5)] {
                #expect(inks[names[bold]]! * 100 > inks[names[plain]]! * 115, "\(inks)")
            }
            let fixture = try await decoder.see(try Fixture.extra("two_pages.pdf"), "w=480&format=png").seen
            #expect(ink(fixture, 0.3..<0.7, 0.4..<0.6) > 500)
        }
    }

    /// Each would run for hours, or take all memory, or show what lies outside.
    @Test func pagesThatDoHarmDoNoneAndTheNextOneIsDrawn() async throws {
        let outside = FileManager.default.temporaryDirectory.appending(path: "anysize-outside-\(UUID().uuidString)")
        try Data("1 0 0 rg 0 0 200 100 re f".utf8).write(to: outside)
        defer { try? FileManager.default.removeItem(at: outside) }
        func form(_ content: String, _ next: Int?) -> String {
            let names = next.map { "/X \($0) 0 R" } ?? ""
            return Self.stream(
                content, "/Type /XObject /Subtype /Form /BBox [0 0 200 100] /Resources << /XObject << \(names) >> >>")
        }
        let many = String(repeating: "/X Do ", count: 10)
        let tiles = Self.stream(
            "1 0 0 rg 0 0 1 1 re f",
            "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.001 /YStep 0.001 /Resources << >>"
        )
        let picture = Self.stream(
            "", "/Type /XObject /Subtype /Image /Width 100000 /Height 100000 /BitsPerComponent 8 /ColorSpace /DeviceRGB"
        )
        let forms = (0..<9).map { form(many, 7 + $0) } + [form("1 0 0 rg 0 0 50 50 re f", nil)]
        let cases: [(name: String, bytes: ByteBuffer, isDrawn: Bool?)] = [
            ("a form of itself", Self.page("/X Do", "/XObject << /X 6 0 R >>", [form("/X Do", 6)]), nil),
            ("ten to the tenth forms", Self.page(many, "/XObject << /X 6 0 R >>", forms), false),
            ("tiles", Self.page("/Pattern cs /P scn 0 0 200 100 re f", "/Pattern << /P 6 0 R >>", [tiles]), false),
            ("a vast picture", Self.page("200 0 0 100 0 0 cm /I Do", "/XObject << /I 6 0 R >>", [picture]), nil),
            ("outside", Self.page("", dictionary: "/F (\(outside.path)) /FFilter []"), true),
            ("launch", Self.page("", more: "/AA << /O << /S /Launch /F (/bin/true) >> >>"), true),
            ("no page", ByteBuffer(string: "%PDF-1.4\n"), false),
            ("half", try Fixture.extra("two_pages.pdf").getSlice(at: 0, length: 300)!, nil),
        ]
        try await withDecoder([.pdf]) { (decoder) async throws in
            for (name, bytes, isDrawn) in cases {
                do {
                    _ = try await decoder.examine(bytes, pyramid: Pyramid(), deadline: .now + .seconds(3))
                    #expect(isDrawn != false, "\(name) was drawn")
                    guard isDrawn == true else { continue }
                    let seen = try await decoder.see(bytes, "format=png").seen
                    #expect(seen.pixels.allSatisfy { $0 == 255 }, "\(name)")
                } catch let error as RenderError {
                    #expect(isDrawn != true, "\(name): \(error)")
                    switch error {
                    case .undecodable, .fatal, .deadlinePassed: break
                    default: Issue.record("\(name): \(error)")
                    }
                }
                let next = try await decoder.see(try Fixture.extra("two_pages.pdf"), "w=120&format=png").seen
                #expect(Pictures.isNear(next.at(0.15, 0.2), [220, 30, 30], 1), "\(name)")
                #expect(ink(next, 0.3..<0.7, 0.4..<0.6) > 20, "\(name)")
            }
        }
    }

    /// One page of 200 by 100 points, with a font F that isn't in the file. Its further objects are numbered from 6 on.
    private static func page(
        _ content: String, _ resources: String = "", _ objects: [String] = [], font: String = "Helvetica",
        dictionary: String = "", more: String = ""
    ) -> ByteBuffer {
        let all =
            [
                "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                """
                << /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R
                /Resources << /Font << /F 5 0 R >> \(resources) >> \(more) >>
                """,
                stream(content, dictionary), "<< /Type /Font /Subtype /Type1 /BaseFont /\(font) >>",
            ] + objects
        // Without the table of places: readers make their own then.
        let text = all.enumerated().map { "\($0 + 1) 0 obj\n\($1)\nendobj\n" }.joined()
        return ByteBuffer(string: "%PDF-1.7\n\(text)trailer << /Root 1 0 R >>\n%%EOF\n")
    }

    private static func stream(_ content: String, _ dictionary: String) -> String {
        "<< \(dictionary) /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream"
    }
}
