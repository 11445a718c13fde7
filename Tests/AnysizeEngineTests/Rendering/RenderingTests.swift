import AnysizeCore
import AnysizeEngine
import AnysizeTesting
import NIOCore
import Testing
import Vips

@Suite(.timeLimit(.minutes(3))) struct RenderingTests {
    private static let red = [220, 30, 30]
    private static let green = [30, 180, 60]
    private static let blue = [40, 60, 220]

    /// Where the landscape's squares must be seen whatever was done to its size.
    private func checkMarks(_ seen: Pictures.Seen, within distance: Int = 30, _ comment: Comment) {
        #expect(Pictures.isNear(seen.at(0.15, 0.20), Self.red, distance), comment)
        #expect(Pictures.isNear(seen.at(0.85, 0.20), Self.green, distance), comment)
        #expect(Pictures.isNear(seen.at(0.15, 0.80), Self.blue, distance), comment)
    }

    @Test(arguments: 1...8) func everyOrientationIsSeenUpright(_ exif: Int) async throws {
        for query in [
            "w=120&format=png", "w=60&h=60&fit=stretch&format=png", "w=200&h=200&fit=pad&format=png&upscale=1",
        ] {
            let seen = try await Pictures.see("orientation_\(exif).jpg", query)
            let upright = try await Pictures.see("orientation_1.jpg", query)
            #expect(seen.difference(from: upright) < 4, "orientation \(exif), ?\(query)")
        }
        checkMarks(try await Pictures.see("orientation_\(exif).jpg", "format=png"), "orientation \(exif)")
    }

    @Test(arguments: 1...8) func cropsAreOfTheUprightPicture(_ exif: Int) async throws {
        // Around the red square: 0.15 of 240 by 0.20 of 160 is 36, 32.
        let seen = try await Pictures.see("orientation_\(exif).jpg", "crop=26,22,20,20&format=png")
        #expect((seen.width, seen.height) == (20, 20))
        #expect(Pictures.isNear(seen.at(0.5, 0.5), Self.red, 30), "orientation \(exif)")
        let corner = try await Pictures.see("orientation_\(exif).jpg", "w=40&h=80&fit=cover&g=west&format=png")
        #expect(Pictures.isNear(corner.at(0.45, 0.2), Self.red, 40), "orientation \(exif)")
    }

    @Test func orientationCountsOutsideJPEGToo() async throws {
        let seen = try await Pictures.see("orientation_6.webp", "format=png")
        #expect((seen.width, seen.height) == (240, 160))
        checkMarks(seen, within: 40, "WebP")
    }

    @Test(arguments: [
        "photo.jpg", "swapped.jpg", "cmyk.jpg", "photo.webp", "photo.avif", "photo.heic", "lossless.webp",
        "interlaced.png", "photo_progressive.jpg",
    ])
    func coloursAreRightWhateverTheProfile(_ name: String) async throws {
        let seen = try await Pictures.see(name, "w=160&format=png")
        #expect(seen.bands == 3)
        checkMarks(seen, within: 24, "\(name)")
    }

    @Test(arguments: ["p3.jpg", "p3.png"]) func displayP3BecomesSRGB(_ name: String) async throws {
        let seen = try await Pictures.see(name, "format=png")
        #expect(Pictures.isNear(seen.at(0.15, 0.20), [240, 0, 0], 20), "\(seen.at(0.15, 0.20))")
    }

    @Test func inksWithoutAProfileAreNoNegative() async throws {
        let seen = try await Pictures.see("cmyk_noprofile.jpg", "format=png")
        let red = seen.at(0.15, 0.20)
        #expect(red[0] > red[1] + 60 && red[0] > red[2] + 60, "\(red)")
    }

    @Test func grayStaysOneChannel() async throws {
        for (name, format) in [
            ("gray.jpg", "jpeg"), ("gray.jpg", "png"), ("gray16.png", "png"), ("gray16.png", "jpeg"),
        ] {
            let seen = try await Pictures.see(name, "w=100&format=\(format)")
            #expect(seen.bands == 1, "\(name) as \(format)")
        }
        let padded = try await Pictures.see("gray.jpg", "w=100&h=100&fit=pad&bg=red&format=png")
        #expect(padded.bands == 3)
        #expect(padded.at(0.5, 0.01) == [255, 0, 0])
    }

    @Test(arguments: ["rgb16.png", "photo12.avif"]) func deepPixelsKeepTheirBrightness(_ name: String) async throws {
        let seen = try await Pictures.see(name, "w=60&format=png")
        #expect(seen.bands == 3)
        let (left, right, low) = (seen.at(0.02, 0.5), seen.at(0.98, 0.5), seen.at(0.5, 0.98))
        #expect(left[0] < 20 && right[0] > 235 && low[1] > 235, "\(left) \(right) \(low)")
    }

    @Test(arguments: ["alpha.png", "alpha.webp"]) func hiddenColoursDoNotShowAtEdges(_ name: String) async throws {
        let seen = try await Pictures.see(name, "w=48&format=png")
        #expect(seen.bands == 4)
        for index in stride(from: 0, to: seen.pixels.count, by: 4) where seen.pixels[index + 3] > 24 {
            let (red, green) = (Int(seen.pixels[index]), Int(seen.pixels[index + 1]))
            #expect(red <= green, "a magenta fringe at pixel \(index / 4)")
        }
        let flat = try await Pictures.see(name, "w=48&format=jpeg")
        #expect(flat.bands == 3)
        #expect(Pictures.isNear(flat.at(0.95, 0.95), [255, 255, 255], 3))
        let coloured = try await Pictures.see(name, "w=48&format=jpeg&bg=0000ff")
        #expect(Pictures.isNear(coloured.at(0.95, 0.95), [0, 0, 255], 12))
        let kept = try await Pictures.see(name, "w=48&format=png&bg=0000ff")
        #expect(kept.bands == 3)
        #expect(kept.at(0.95, 0.95) == [0, 0, 255])
    }

    /// On white, as a page shows it: an encoder with loss must not mix what is hidden into what is seen. With black behind it, this
    /// disc had a fringe of 71 levels.
    @Test func lossPutsNoFringeAroundWhatIsTransparent() async throws {
        var pixels: [UInt8] = []
        for y in 0..<100 {
            for x in 0..<100 {
                let (dx, dy) = (Double(x) - 49.5, Double(y) - 49.5)
                let alpha = UInt8((min(1, max(0, 40.5 - (dx * dx + dy * dy).squareRoot())) * 255).rounded())
                pixels += alpha == 0 ? [0, 0, 0, 0] : [255, 230, 0, alpha]
            }
        }
        let bytes = try Vips.job { () throws(VipsError) in
            try pixels.withUnsafeBufferPointer { (pixels) throws(VipsError) in
                let image = try Image.of(UnsafeRawBufferPointer(pixels), width: 100, height: 100, bands: 4)
                return try image.encode(.png(compression: 1, filtered: false), stripped: true)
                    .withBytes { ByteBuffer(bytes: $0) }
            }
        }
        let seen = try Pictures.see(try await Pictures.render(bytes, "w=100&format=avif").variant)
        #expect(seen.bands == 4)
        var worst = 0.0
        for sample in pixels.indices where sample % 4 < 3 {
            func onWhite(_ samples: [UInt8]) -> Double {
                let share = Double(samples[sample / 4 * 4 + 3]) / 255
                return Double(samples[sample]) * share + 255 * (1 - share)
            }
            worst = max(worst, abs(onWhite(pixels) - onWhite(seen.pixels)))
        }
        #expect(worst < 40, "a fringe of \(worst)")
    }

    @Test func paddingIsTransparentWhereThePictureIs() async throws {
        let seen = try await Pictures.see("alpha.png", "w=100&h=100&fit=pad&format=png")
        #expect(seen.at(0.5, 0.01) == [0, 0, 0, 0])
        let white = try await Pictures.see("odd.jpg", "w=100&h=100&fit=pad&format=png")
        #expect(white.at(0.01, 0.5) == [255, 255, 255])
        let clear = try await Pictures.see("odd.jpg", "w=100&h=100&fit=pad&format=png&bg=transparent")
        #expect(clear.at(0.01, 0.5)[3] == 0)
        #expect(clear.at(0.5, 0.5)[3] == 255)
    }

    @Test func everyInputRendersToEveryOutputAtTheSizeItShould() async throws {
        for name in try Fixture.originalNames() {
            let bytes = try Fixture.original(name)
            let facts = try await Pictures.renderer.examine(bytes, deadline: .now + .seconds(30))
            for format in ImageFormat.allCases where format.isOutput {
                for query in [
                    "w=37", "w=20&h=20&fit=cover&g=smart&upscale=1", "w=50&h=30&fit=pad", "h=9&w=400&fit=stretch",
                ] {
                    let settled = try Recipe(query: "\(query)&format=\(format.rawValue)").settled(for: facts)
                    let plan = RenderPlan.make(settled, for: facts, from: .original)
                    let variant = try await Pictures.renderer.render(bytes, plan: plan, deadline: .now + .seconds(60))
                        .variant
                    let seen = try Pictures.see(variant)
                    #expect(
                        PixelSize(width: seen.width, height: seen.height) == settled.size,
                        "\(name) as \(format) ?\(query)"
                    )
                }
            }
        }
    }

    @Test func theSameRenderGivesTheSameBytes() async throws {
        for format in ["jpeg", "png", "webp", "avif", "gif"] {
            let bytes = try Fixture.original("photo.jpg")
            let first = try await Pictures.render(bytes, "w=300&format=\(format)").variant
            let second = try await Pictures.render(bytes, "w=300&format=\(format)").variant
            #expect(first == second, "\(format)")
        }
    }

    @Test func smartGravityFindsWhatACentreMisses() async throws {
        // One square kept of a wide landscape: by attention it isn't the dull middle.
        let smart = try await Pictures.see("photo.jpg", "w=100&h=100&fit=cover&g=smart&format=png")
        let centre = try await Pictures.see("photo.jpg", "w=100&h=100&fit=cover&format=png")
        #expect(smart.difference(from: centre) > 5)
    }

    @Test(arguments: ["jpeg", "png", "webp", "avif"]) func metadataStaysBehind(_ format: String) async throws {
        let bytes = try Fixture.original("photo.jpg")
        let none = try Pictures.see(try await Pictures.render(bytes, "w=64&format=\(format)").variant)
        #expect(
            none.fields.filter {
                $0.hasPrefix("exif-") || $0.hasPrefix("xmp") || $0.hasPrefix("iptc") || $0.hasPrefix("icc")
            } == [])
        let some = try Pictures.see(
            try await Pictures.render(bytes, "w=64&format=\(format)&metadata=copyright").variant)
        #expect(some.fields.contains("exif-ifd0-Copyright"))
        #expect(
            some.fields.filter {
                $0.contains("GPS") || $0.contains("Serial") || $0.hasPrefix("xmp") || $0.hasPrefix("iptc")
            } == [])
        let all = try Pictures.see(try await Pictures.render(bytes, "w=64&format=\(format)&metadata=keep").variant)
        #expect(all.fields.contains { $0.contains("GPS") })
        let turned = try await Pictures.render(
            try Fixture.original("orientation_6.jpg"), "format=\(format)&metadata=keep")
        let kept = try Pictures.see(turned.variant)
        #expect((kept.width, kept.height) == (240, 160))
    }

    @Test(arguments: ["w=65", "w=65&lossless=1"]) func aWebPHoldsItsPictureAndNothingElse(_ query: String) async throws
    {
        for (name, chunks) in [("photo.jpg", ["VP8 ", "VP8L"]), ("alpha.png", ["VP8X", "ALPH", "VP8 ", "VP8L"])] {
            let variant = try await Pictures.render(try Fixture.original(name), query + "&format=webp").variant
            var bytes = variant.bytes
            #expect(bytes.readString(length: 4) == "RIFF")
            #expect(bytes.readInteger(endianness: .little, as: UInt32.self) == UInt32(bytes.readableBytes))
            #expect(bytes.readString(length: 4) == "WEBP")
            while let chunk = bytes.readString(length: 4),
                let count = bytes.readInteger(endianness: .little, as: UInt32.self)
            {
                #expect(chunks.contains(chunk), "\(name)")
                bytes.moveReaderIndex(forwardBy: Int(count) + Int(count) % 2)
            }
            #expect(bytes.readableBytes == 0)
            #expect(try Pictures.see(variant).bands == (name == "alpha.png" ? 4 : 3))
        }
    }

    @Test func aPassedDeadlineIsNotTheOriginalsFault() async throws {
        let bytes = try Fixture.original("photo.jpg")
        await #expect {
            try await Pictures.render(bytes, "w=1000&format=png", deadline: .now)
        } throws: { error in
            if case .deadlinePassed = error as? RenderError { true } else { false }
        }
    }

    @Test func aCancelledTaskStopsItsRender() async throws {
        let bytes = try Fixture.original("photo.jpg")
        let facts = try await Pictures.renderer.examine(bytes, deadline: .now + .seconds(30))
        let settled = try Recipe(query: "w=4000&h=4000&fit=stretch&upscale=1&format=png").settled(for: facts)
        let task = Task {
            try await Pictures.renderer.render(
                bytes, plan: .make(settled, for: facts, from: .original), deadline: .now + .seconds(60))
        }
        try await Task.sleep(for: .milliseconds(30))
        task.cancel()
        await #expect {
            try await task.value
        } throws: { error in
            if case .cancelled = error as? RenderError { true } else { false }
        }
    }
}
