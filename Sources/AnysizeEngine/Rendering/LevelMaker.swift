import AnysizeCore
import Resampling
import Vips

/// Makes the levels of an original in the one pass that decodes it whole: halved in linear light, upright, in sRGB, a byte a channel.
///
/// What is kept of other originals: of 16 bits a channel, their precision while they are halved; of transparency, an alpha channel,
/// with colours weighted by it; of gray, one channel; of animations, the first frame.
struct LevelMaker {
    let orientation: Int
    let watch: Watch

    /// Rows that are decoded at once.
    private static let batch = 32

    /// Decodes all of an original.
    /// - Parameters:
    ///   - image: its stored pixels, of which none has been read.
    ///   - places: levels of the upright picture, at least one.
    ///   - memory: where their pixels go.
    func make(
        _ image: borrowing Image, _ places: [PyramidLevel], into memory: UnsafeMutableRawBufferPointer
    ) throws(RenderError) -> [LevelPixels] {
        let plain: Image
        do throws(VipsError) { plain = try image.isPlain ? image.same() : Pixels.converted(image) } catch {
            throw .reading(error, watch)
        }
        let levels = LevelPixels.packed(places, bands: plain.bands)
        guard let last = levels.last, last.offset + last.byteCount <= memory.count else {
            throw .failed(cause: "the output memory is too small for the levels")
        }
        let profile = image.isPlain && !Pixels.profileIsStandard(image) ? image.profile : nil
        guard profile != nil || !Orientation(exif: orientation).isUpright else {
            try halve(plain, levels.map { ($0, memory.part($0)) })
            return levels
        }
        let stored = UnsafeMutableRawBufferPointer.allocate(
            byteCount: levels.reduce(0) { $0 + $1.byteCount }, alignment: 64
        )
        defer { stored.deallocate() }
        var rest = stored[...]
        let parts = levels.map { level in
            let part = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(level.byteCount))
            rest = rest.dropFirst(level.byteCount)
            return (level, part)
        }
        try halve(plain, parts)
        do throws(VipsError) {
            for (level, part) in parts { try finish(level, UnsafeRawBufferPointer(part), profile, memory.part(level)) }
        } catch { throw .reading(error, watch) }
        return levels
    }

    /// Reads all rows, and halves them as they come.
    private func halve(
        _ image: borrowing Image, _ targets: [(LevelPixels, UnsafeMutableRawBufferPointer)]
    ) throws(RenderError) {
        guard let channels = PictureShape.Channels(rawValue: image.bands) else {
            throw .failed(cause: "\(image.bands) bands")
        }
        let builder = PyramidBuilder(
            shape: PictureShape(
                width: image.width, height: image.height, channels: channels, depth: image.isShort ? .sixteen : .eight
            ),
            alignment: PairAlignment(orientation: orientation),
            targets: targets.map { PyramidBuilder.Target(level: $0.place.index, memory: $1) }
        )
        let watch = watch
        let error = try image.readRows(Self.batch) { (rows, count, stride) throws(RenderError) in
            try RenderError.check(watch)
            builder.add(rows: rows, count: count, stride: stride)
            return true
        }
        if let error { throw .reading(error, watch) }
        builder.finish()
    }

    /// A level's stored pixels, in sRGB and upright.
    ///
    /// They were halved as if they were coded with sRGB's curve. That is exact for most profiles (Display P3 for one), and near for those
    /// with another gamma; converting the original before would cost as much as decoding it once more.
    private func finish(
        _ level: LevelPixels, _ pixels: UnsafeRawBufferPointer, _ profile: [UInt8]?,
        _ target: UnsafeMutableRawBufferPointer
    ) throws(VipsError) {
        let orientation = Orientation(exif: orientation)
        let size = orientation.applied(to: level.place.size)
        let image = try Image.of(pixels, width: size.width, height: size.height, bands: level.bands)
        if let profile { image.attach(profile: profile) }
        let standard = try Pixels.toStandard(image)
        try Pixels.turned(try standard.inMemory(), orientation).write(to: target)
    }
}

extension Image {
    /// Whether the pixels can be halved as they are: gray or RGB, with or without alpha, in 8 or 16 bits.
    fileprivate var isPlain: Bool { (isByte || isShort) && (1...4).contains(bands) && (isGray || isRGB) }

    fileprivate var profile: [UInt8]? { withProfile { [UInt8]($0) } }
}

extension UnsafeMutableRawBufferPointer {
    /// The bytes of a level.
    func part(_ level: LevelPixels) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: self[level.offset..<level.offset + level.byteCount])
    }
}
