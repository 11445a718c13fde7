import AnysizeTesting
import NIOCore
import Testing
import Vips

/// Every option that is set by name is shown to do something: a typing error in a name would otherwise pass unseen.
@Suite struct OperationTests {
    private let photo: ByteBuffer

    init() throws {
        try Vips.start(.uploads())
        photo = try Fixture.original("odd.jpg")
    }

    private func encoded(_ encoding: Encoding, stripped: Bool = true) throws -> [UInt8] {
        try with(photo, .jpeg) { (image) throws(VipsError) in
            try image.inMemory().encode(encoding, stripped: stripped).withBytes { [UInt8]($0) }
        }
    }

    private func with<Result>(
        _ bytes: ByteBuffer, _ loader: Loader, _ body: (borrowing Image) throws(VipsError) -> Result
    ) throws -> Result {
        try Vips.job { () throws(VipsError) in
            try bytes.withUnsafeReadableBytes { (bytes) throws(VipsError) in
                try body(try Image.load(bytes, as: loader))
            }
        }
    }

    @Test func encoderSettingsChangeTheirOutput() throws {
        #expect(
            try encoded(.jpeg(quality: 40, progressive: false)).count
                < encoded(.jpeg(quality: 80, progressive: false)).count)
        #expect(
            try encoded(.jpeg(quality: 80, progressive: false))
                != encoded(.jpeg(quality: 80, progressive: true)))
        #expect(
            try encoded(.png(compression: 9, filtered: true)).count
                < encoded(.png(compression: 0, filtered: true)).count)
        #expect(
            try encoded(.webp(quality: 40, lossless: false, effort: 4)).count
                < encoded(.webp(quality: 80, lossless: false, effort: 4)).count)
        #expect(
            try encoded(.webp(quality: 80, lossless: false, effort: 0))
                != encoded(.webp(quality: 80, lossless: false, effort: 6)))
        #expect(
            try encoded(.webp(quality: 80, lossless: true, effort: 0)).count
                > encoded(.webp(quality: 80, lossless: false, effort: 0)).count)
        #expect(
            try encoded(.avif(quality: 30, lossless: false, effort: 1)).count
                < encoded(.avif(quality: 60, lossless: false, effort: 1)).count)
        #expect(
            try encoded(.avif(quality: 60, lossless: false, effort: 0))
                != encoded(.avif(quality: 60, lossless: false, effort: 4)))
        #expect(
            try encoded(.avif(quality: 60, lossless: true, effort: 0)).count
                > encoded(.avif(quality: 60, lossless: false, effort: 0)).count)
        #expect(try encoded(.gif(effort: 1, frameTolerance: 0)) != encoded(.gif(effort: 10, frameTolerance: 0)))
    }

    @Test func strippingLeavesMetadataOut() throws {
        let tagged = try Fixture.original("photo.jpg")
        let sizes = try with(tagged, .jpeg) { (image) throws(VipsError) in
            let small = try image.resize(width: 16, height: 16).inMemory()
            let encoding = Encoding.jpeg(quality: 80, progressive: false)
            return (
                try small.encode(encoding, stripped: true).withBytes { $0.count },
                try small.encode(encoding, stripped: false).withBytes { $0.count }
            )
        }
        #expect(sizes.1 > sizes.0 + 500)
    }

    @Test func geometryIsExact() throws {
        let sizes = try with(photo, .jpeg) { (image) throws(VipsError) in
            let memory = try image.inMemory()
            return [
                try memory.resize(width: 100, height: 31).size,
                try memory.extract(left: 3, top: 5, width: 20, height: 30).size,
                try memory.rotate(degrees: 90).size, try memory.mirror().size,
                try memory.embed(left: 1, top: 2, width: 400, height: 600, background: [1, 2, 3]).size,
                try memory.smartCrop(width: 50, height: 60, entropy: true).size,
            ]
        }
        #expect(sizes == [[100, 31], [20, 30], [517, 333], [333, 517], [400, 600], [50, 60]])
    }

    @Test func rotationIsClockwiseAndMirroringIsLeftToRight() throws {
        let pixels = try with(photo, .jpeg) { (image) throws(VipsError) in
            let corner = try image.extract(left: 0, top: 0, width: 2, height: 1).inMemory()
            return (try corner.pixels(), try corner.rotate(degrees: 90).pixels(), try corner.mirror().pixels())
        }
        let (left, right) = (Array(pixels.0[0..<3]), Array(pixels.0[3..<6]))
        #expect(pixels.1 == left + right)
        #expect(pixels.2 == right + left)
    }

    @Test func alphaIsMultipliedOutAndInAgain() throws {
        let bytes = try Fixture.original("alpha.png")
        let (before, multiplied, after) = try with(bytes, .png) { (image) throws(VipsError) in
            let part = try image.extract(left: 100, top: 80, width: 1, height: 1).inMemory()
            let premultiplied = try part.premultiply(alphaMax: 255)
            return (
                try part.pixels(), try premultiplied.castToByte().pixels(),
                try premultiplied.unpremultiply(alphaMax: 255).castToByte().pixels()
            )
        }
        #expect(before == after)
        #expect(multiplied.count == 4)
    }

    @Test func flattenPutsTheBackgroundBehind() throws {
        let bytes = try Fixture.original("alpha.png")
        let corner = try with(bytes, .png) { (image) throws(VipsError) in
            try image.extract(left: 0, top: 0, width: 1, height: 1).flatten(background: [10, 20, 30]).pixels()
        }
        #expect(corner == [10, 20, 30])
    }

    @Test func coloursComeDownToTheChannelsAskedFor() throws {
        let bands = try with(photo, .jpeg) { (image) throws(VipsError) in
            let memory = try image.inMemory()
            return [try memory.toGray().bands, try memory.toGray().toSRGB().bands, try memory.withOpaqueAlpha().bands]
        }
        #expect(bands == [1, 3, 4])
    }

    @Test func aWatchStopsPixelWork() throws {
        let bytes = try Fixture.original("photo.jpg")
        let watch = Watch()
        watch.cancel()
        #expect(throws: VipsError.self) {
            try with(bytes, .jpeg) { (image) throws(VipsError) in
                image.watched(by: watch)
                try image.readAll()
            }
        }
        #expect(watch.reason == .cancelled)
    }

    @Test func aDeadlineIsAReasonOfItsOwn() {
        #expect(Watch(deadline: .now - .seconds(1)).reason == .deadline)
        #expect(Watch(deadline: .now + .seconds(60)).reason == .none)
    }
}

extension Image {
    fileprivate var size: [Int] { [width, height] }
}
