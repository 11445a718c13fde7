import AnysizeCore
import Vips

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One full decode of an upload: the proof that it is whole, everything that is ever asked about it, and its levels.
struct Examination {
    let limits: HeaderLimits
    let pyramid: Pyramid
    let watch: Watch

    /// The longest side of the picture that colour and hashes are made from, in pixels.
    private static let thumbnailSide = 100

    /// - Parameter memory: where the levels' pixels go.
    func run(
        _ bytes: UnsafeRawBufferPointer, into memory: UnsafeMutableRawBufferPointer
    ) throws(RenderError) -> (PictureFacts, [LevelPixels]) {
        let header = try header(of: bytes)
        let result = try SizedDocument.lend(bytes, as: header.format) { (bytes) throws(RenderError) in
            try examine(bytes, header, memory)
        }
        try checkFrames(of: bytes, header)
        return result
    }

    private func header(of bytes: UnsafeRawBufferPointer) throws(RenderError) -> ImageHeader {
        do throws(HeaderError) { return try ImageHeader.read(bytes, limits: limits) } catch { throw RenderError(error) }
    }

    private func examine(
        _ bytes: UnsafeRawBufferPointer, _ header: ImageHeader, _ memory: UnsafeMutableRawBufferPointer
    ) throws(RenderError) -> (PictureFacts, [LevelPixels]) {
        let image = try open(bytes, header)
        let orientation = Orientation(exif: image.orientation)
        let upright = orientation.applied(to: PixelSize(width: image.width, height: image.height))
        let places = pyramid.levels(of: upright)
        let levels =
            places.isEmpty ? [] : try self.levels(of: image, header, places, memory)
        do throws(VipsError) {
            let thumbnail =
                if let smallest = levels.last {
                    try self.thumbnail(of: smallest, UnsafeRawBufferPointer(memory.part(smallest)))
                } else {
                    header.format.isVector
                        ? try small(image, orientation) : try self.thumbnail(of: bytes, header, orientation)
                }
            return (facts(of: image, header, upright, thumbnail), levels)
        } catch { throw .reading(error, watch) }
    }

    private func open(_ bytes: UnsafeRawBufferPointer, _ header: ImageHeader) throws(RenderError) -> Image {
        let image: Image
        do throws(VipsError) { image = try Image.load(bytes, of: header.format) } catch { throw .reading(error, watch) }
        // What libvips will decode must be within what our own look at the header has allowed.
        do throws(HeaderError) { try limits.checkSize(image.width, image.height) } catch { throw RenderError(error) }
        guard header.format.isVector else { return image }
        do throws(VipsError) { return try image.drawn() } catch { throw .reading(error, watch) }
    }

    private func levels(
        of image: borrowing Image, _ header: ImageHeader, _ places: [PyramidLevel],
        _ memory: UnsafeMutableRawBufferPointer
    ) throws(RenderError) -> [LevelPixels] {
        let plain: Image
        do throws(VipsError) { plain = try Pixels.decoded(image, header) } catch { throw .reading(error, watch) }
        return try LevelMaker(orientation: image.orientation, watch: watch).make(plain, places, into: memory)
    }

    private func facts(
        of image: borrowing Image, _ header: ImageHeader, _ upright: PixelSize, _ thumbnail: Thumbnail
    ) -> PictureFacts {
        let hash = ThumbHash.encode(rgba: thumbnail.rgba, width: thumbnail.width, height: thumbnail.height)
        return PictureFacts(
            format: header.format,
            width: upright.width,
            height: upright.height,
            orientation: image.orientation,
            pageCount: header.frameCount,
            hasAlpha: image.hasAlpha,
            isGray: image.isGray,
            bitDepth: image.isShort ? 16 : 8,
            profile: header.colours?.name ?? image.withProfile { ProfileName.read($0) ?? "embedded" },
            dominantColor: DominantColor.hex(
                rgba: thumbnail.rgba, width: thumbnail.width, height: thumbnail.height),
            thumbHash: Data(hash).base64EncodedString(),
            blurHash: thumbnail.blurHash,
            palette: Palette(rgba: thumbnail.rgba),
            preview: thumbnail.preview
        )
    }

    private struct Thumbnail {
        let rgba: [UInt8]
        let width: Int
        let height: Int
        /// In Base64; nil where it doesn't get small enough.
        let preview: String?

        var blurHash: String {
            let components = BlurHash.components(width: width, height: height)
            return BlurHash.encode(
                rgba: rgba, width: width, height: height, componentsX: components.x, componentsY: components.y
            )
        }
    }

    /// A small picture of the smallest level.
    private func thumbnail(
        of level: LevelPixels, _ pixels: UnsafeRawBufferPointer
    ) throws(VipsError) -> Thumbnail {
        let size = level.place.size
        let image = try Image.of(pixels, width: size.width, height: size.height, bands: level.bands)
        return try small(image, Orientation(exif: 1))
    }

    /// Without levels: reads every pixel once, and keeps a small upright picture of them.
    ///
    /// A JPEG is read at an eighth of its size: that still reads all of its compressed data, which is what can be incomplete.
    /// A side must not shrink to nothing, for libvips ends the whole process then.
    private func thumbnail(
        of bytes: UnsafeRawBufferPointer, _ header: ImageHeader, _ orientation: Orientation
    ) throws(VipsError) -> Thumbnail {
        let side = min(header.width, header.height)
        let shrink = header.format == .jpeg ? [8, 4, 2].first { side >= 2 * $0 } ?? 1 : 1
        let image = try Image.load(bytes, as: header.format.loader, shrink: shrink)
        image.watched(by: watch)
        return try small(try Pixels.decoded(image, header), orientation)
    }

    private func small(_ image: borrowing Image, _ orientation: Orientation) throws(VipsError) -> Thumbnail {
        let scale = min(1, Double(Self.thumbnailSide) / Double(max(image.width, image.height)))
        let small = try Pixels.resized(
            image,
            width: max(1, Int((Double(image.width) * scale).rounded())),
            height: max(1, Int((Double(image.height) * scale).rounded()))
        )
        let memory = try small.inMemory()
        let colour = try Pixels.toRGB(try Pixels.toStandard(memory))
        let upright = try Pixels.turned(try colour.inMemory(), orientation)
        let rgba = upright.hasAlpha ? try upright.pixels() : try upright.withOpaqueAlpha().pixels()
        return Thumbnail(
            rgba: rgba, width: upright.width, height: upright.height, preview: try Preview.encode(upright))
    }

    /// The frames after the first, which levels leave out, must be whole as well.
    private func checkFrames(of bytes: UnsafeRawBufferPointer, _ header: ImageHeader) throws(RenderError) {
        guard header.frameCount > 1, header.format == .gif || header.format == .webp else { return }
        do throws(VipsError) {
            let frames = try Image.load(bytes, as: header.format.loader, allPages: true)
            frames.watched(by: watch)
            try frames.readAll()
        } catch { throw .reading(error, watch) }
    }
}
