import AnysizeCore
import AnysizeEngine
import AnysizeTesting
import NIOCore
import Testing
import Vips

/// Animations, frame by frame.
@Suite(.timeLimit(.minutes(3))) struct AnimationTests {
    /// An animation as a viewer shows it.
    struct Film {
        let frames: [Pictures.Seen]
        /// In milliseconds.
        let times: [Int]
        let loops: Int?
    }

    static func watch(_ bytes: ByteBuffer, _ format: ImageFormat) throws -> Film {
        try Vips.job { () throws(VipsError) in
            try bytes.withUnsafeReadableBytes { (bytes) throws(VipsError) in
                let image = try Image.load(bytes, as: format == .gif ? .gif : .webp, allPages: true)
                var frames: [Pictures.Seen] = []
                for index in 0..<image.height / image.frameHeight {
                    let frame = try image.frame(index)
                    frames.append(
                        Pictures.Seen(
                            width: frame.width, height: frame.height, bands: frame.bands, pixels: try frame.pixels(),
                            fields: []))
                }
                return Film(frames: frames, times: image.frameTimes, loops: image.loopCount)
            }
        }
    }

    /// Of few colours, as most are, a GIF is smaller than the WebP of the same.
    @Test func theSmallerOfTwoFormatsIsGiven() async throws {
        let bytes = try Fixture.original("animated.gif")
        let (gif, _, _) = try await Pictures.render(bytes, "w=60&format=gif")
        let (webp, _, _) = try await Pictures.render(bytes, "w=60&format=webp")
        let (smaller, _, _) = try await Pictures.render(bytes, "w=60&format=webp,gif")
        #expect(smaller.byteCount == min(gif.byteCount, webp.byteCount))
        #expect(smaller.format == (gif.byteCount <= webp.byteCount ? .gif : .webp))
        let film = try Self.watch(smaller.bytes, smaller.format)
        let expected = try Self.watch(gif.bytes, .gif)
        #expect(
            film.frames.count == expected.frames.count && film.times == expected.times && film.loops == expected.loops)
    }

    static func watch(_ bytes: ByteBuffer, _ query: String) async throws -> Film {
        let (variant, settled, _) = try await Pictures.render(bytes, query)
        let film = try watch(variant.bytes, variant.format)
        for frame in film.frames {
            #expect((frame.width, frame.height) == (settled.size.width, settled.size.height))
        }
        return film
    }

    @Test(arguments: ["animated.gif", "animated.webp"], ["gif", "webp", "webp&lossless=1"])
    func allFramesAndTheirTimesComeAlong(_ name: String, _ format: String) async throws {
        let film = try await Self.watch(try Fixture.original(name), "w=60&format=\(format)")
        #expect(film.frames.count == 5)
        #expect(film.times == [80, 80, 80, 80, 80])
        #expect(film.loops == 0)
        // A red disc crosses the scene from left to right.
        let places = film.frames.map { frame in
            (0..<60).filter { x in
                (0..<40).contains { y in
                    let pixel = frame.at((Double(x) + 0.5) / 60, (Double(y) + 0.5) / 40)
                    return Pictures.isNear(Array(pixel.prefix(3)), [220, 30, 30], 40) && y > 15 && y < 25
                }
            }.max() ?? -1
        }
        #expect(places == places.sorted() && Set(places).count == 5, "\(places)")
    }

    @Test(arguments: [
        "w=50&h=50&fit=cover", "w=50&h=50&fit=cover&g=smart", "w=50&h=50&fit=cover&g=entropy",
        "w=50&h=50&fit=pad&bg=navy", "w=50&h=20&fit=stretch", "crop=10,20,60,40", "w=300&upscale=1", "crop=0,0,7,5&w=3",
    ])
    func everyFrameGoesThroughTheSameSteps(_ query: String) async throws {
        let bytes = try Fixture.original("animated.webp")
        let film = try await Self.watch(bytes, query + "&format=webp&lossless=1")
        // Frames that look the same are joined; a cut by what pixels show is another one for each still.
        guard film.frames.count == 5, !query.contains("g=") else { return }
        #expect(film.times == [80, 80, 80, 80, 80])
        for (index, frame) in film.frames.enumerated() {
            let still = try Pictures.see(
                try await Pictures.render(bytes, query + "&format=png&frame=\(index + 1)").variant)
            let opaque = frame.pixels.enumerated().filter { frame.bands < 4 || $0.offset % 4 < 3 }.map(\.element)
            let expected = still.pixels.enumerated().filter { still.bands < 4 || $0.offset % 4 < 3 }.map(\.element)
            #expect(zip(opaque, expected).allSatisfy { abs(Int($0) - Int($1)) <= 2 }, "frame \(index + 1)")
        }
    }

    /// A cut that followed each frame's own pixels would make the scene jump.
    @Test(arguments: ["smart", "entropy"]) func theFirstFrameDecidesWhereAllAreCut(_ gravity: String) async throws {
        var sample = SampleGIF(width: 90, height: 30)
        // A red block on the left; then a larger green one on the right, beside it.
        sample.add(colour: 0, left: 5, top: 5, width: 20, height: 20)
        sample.add(colour: 1, left: 60, top: 2, width: 29, height: 26)
        let query = "w=30&h=30&fit=cover&g=\(gravity)&format=png"
        let first = try Pictures.see(try await Pictures.render(sample.buffer, query + "&frame=1").variant)
        let film = try await Self.watch(sample.buffer, query.replacing("png", with: "webp&lossless=1"))
        for frame in film.frames {
            try #require(frame.pixels.count == first.pixels.count && first.bands == 4)
            let isSame = first.pixels.indices.allSatisfy { index in
                let isVisible = first.pixels[index / 4 * 4 + 3] > 0
                return !isVisible || abs(Int(frame.pixels[index]) - Int(first.pixels[index])) <= 2
            }
            #expect(isSame, "it shows the same part")
        }
    }

    @Test(arguments: ["gif", "webp&lossless=1"]) func whatAFrameLeavesBehindIsRight(_ format: String) async throws {
        var sample = SampleGIF(width: 40, height: 20)
        sample.add(colour: 0, left: 0, top: 0, width: 20, height: 20)
        sample.add(colour: 1, left: 0, top: 0, width: 10, height: 20, disposal: .background, hundredths: 10)
        sample.add(colour: 2, left: 20, top: 0, width: 20, height: 20, disposal: .previous, hundredths: 15)
        sample.add(colour: 1, left: 10, top: 0, width: 10, height: 20, hundredths: 20)
        let film = try await Self.watch(sample.buffer, "format=\(format)")
        let (red, green, blue, none) = ([255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255], [0, 0, 0, 0])
        let expected = [
            [red, red, none, none], [green, red, none, none], [none, red, blue, blue], [none, green, none, none],
        ]
        #expect(film.times == [50, 100, 150, 200])
        try #require(film.frames.count == 4)
        for (index, frame) in film.frames.enumerated() {
            for (place, colour) in zip([0.125, 0.375, 0.625, 0.875], expected[index]) {
                let pixel = frame.at(place, 0.5)
                let isRight = colour[3] == 0 ? pixel.last == 0 : zip(pixel, colour).allSatisfy { abs($0 - $1) <= 4 }
                #expect(isRight, "frame \(index + 1) at \(place): \(pixel)")
            }
        }
    }

    @Test(arguments: [0, 1, 3]) func theNumberOfRoundsComesAlong(_ rounds: Int) async throws {
        var sample = SampleGIF(width: 8, height: 8, loops: rounds == 1 ? nil : rounds == 0 ? 0 : rounds - 1)
        for colour in 0..<3 { sample.add(colour: UInt8(colour), left: 0, top: 0, width: 8, height: 8) }
        for format in ["gif", "webp"] {
            let loops = try await Self.watch(sample.buffer, "format=\(format)").loops
            #expect(loops == rounds, "\(format)")
        }
    }

    @Test(arguments: ["jpeg", "png", "avif"]) func otherFormatsShowTheFirstFrameOrTheOneAskedFor(
        _ format: String
    ) async throws {
        var sample = SampleGIF(width: 16, height: 16)
        for colour in 0..<3 { sample.add(colour: UInt8(colour), left: 0, top: 0, width: 16, height: 16) }
        for (query, colour) in [("", [255, 0, 0]), ("&frame=1", [255, 0, 0]), ("&frame=3", [0, 0, 255])] {
            let seen = try Pictures.see(
                try await Pictures.render(sample.buffer, "format=\(format)\(query)").variant)
            #expect(Pictures.isNear(Array(seen.at(0.5, 0.5).prefix(3)), colour, 8), "\(query)")
        }
        let one = try await Self.watch(sample.buffer, "frame=2&format=gif")
        #expect(one.frames.count == 1)
        #expect(Array(one.frames[0].at(0.5, 0.5).prefix(3)) == [0, 255, 0])
    }

    /// Savers cut an image into frames where its height is a multiple of a frame's.
    @Test func aStillThatGrowsToTwiceItsHeightStaysAStill() async throws {
        let bytes = try Fixture.original("animated.gif")
        let (variant, _, _) = try await Pictures.render(bytes, "frame=2&format=webp&w=240&upscale=1")
        #expect(try Self.watch(variant.bytes, .webp).frames.count == 1)
    }

    @Test func aBackgroundGoesBehindEveryFrame() async throws {
        var sample = SampleGIF(width: 16, height: 16)
        sample.add(colour: 0, left: 0, top: 0, width: 16, height: 16, disposal: .background)
        sample.add(colour: 1, left: 8, top: 0, width: 8, height: 16)
        let film = try await Self.watch(sample.buffer, "bg=blue&format=webp&lossless=1")
        #expect(Array(film.frames[1].at(0.2, 0.5).prefix(3)) == [0, 0, 255])
        #expect(Array(film.frames[1].at(0.8, 0.5).prefix(3)) == [0, 255, 0])
    }
}
