/// Reads the header of a WebP (RFC 9649) by walking its chunks and counting frames.
package enum WebPHeader {
    package static func read(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) throws(HeaderError) -> ImageHeader {
        var file = ByteReader(bytes)
        try file.skip(4)  // RIFF
        let size = try file.little(4)
        var riff = try file.take(size, pastEnd: .malformed(.webpChunk))
        try riff.skip(4)  // WEBP
        var walk = WebPWalk(limits: limits)
        while let (type, content) = try WebPChunk.next(in: &riff), try walk.visit(type, content) {}
        return try walk.header(byteCount: bytes.count)
    }
}

private enum WebPChunk {
    /// The next chunk of a container, or nil where there isn't room for one. The padding behind the last chunk of odd
    /// length is often forgotten.
    static func next(in container: inout ByteReader) throws(HeaderError) -> (FourCC, ByteReader)? {
        guard container.remaining >= 8 else { return nil }
        let type = try container.fourCC()
        let length = try container.little(4)
        let content = try container.take(length, pastEnd: .malformed(.webpBitstream))
        try container.skip(min(length & 1, container.remaining))
        return (type, content)
    }
}

private struct WebPWalk {
    let limits: HeaderLimits
    private var canvas: WebPPicture?
    private var image: WebPPicture?
    private var frameCount = 0
    private var chunkCount = 0
    private var metadataByteCount = 0

    init(limits: HeaderLimits) {
        self.limits = limits
    }

    /// False if no further chunk matters.
    mutating func visit(_ type: FourCC, _ content: ByteReader) throws(HeaderError) -> Bool {
        try countChunk()
        switch type {
        case FourCC("VP8X"):
            guard chunkCount == 1 else { throw .malformed(.webpChunk) }
            canvas = try WebPPicture(canvas: content)
            try limits.checkSize(canvas?.width ?? 0, canvas?.height ?? 0)
        case FourCC("VP8 "), FourCC("VP8L"):
            guard image == nil else { return true }
            try visitImage(type, content)
            return canvas != nil  // without a canvas, this image is the whole file
        case FourCC("ANMF"):
            try visitFrame(content)
        case FourCC("ICCP"), FourCC("EXIF"), FourCC("XMP "):
            metadataByteCount += content.count
            try limits.check(.metadataByteCount, metadataByteCount)
        default:
            break
        }
        return true
    }

    private mutating func countChunk() throws(HeaderError) {
        chunkCount += 1
        try limits.check(.pngChunkCount, chunkCount)
    }

    private mutating func visitImage(_ type: FourCC, _ content: ByteReader) throws(HeaderError) {
        let picture = try WebPPicture(type, content)
        try limits.checkSize(picture.width, picture.height)
        if let canvas, !picture.hasSize(canvas.width, canvas.height) { throw .malformed(.webpFrame) }
        image = picture
    }

    private mutating func visitFrame(_ content: ByteReader) throws(HeaderError) {
        guard let canvas else { throw .malformed(.webpFrame) }
        frameCount += 1
        try limits.check(.frameCount, frameCount)
        var content = content
        let left = 2 * (try content.little(3))
        let top = 2 * (try content.little(3))
        let width = try content.little(3) + 1
        let height = try content.little(3) + 1
        try content.skip(4)  // duration and blending
        guard left + width <= canvas.width, top + height <= canvas.height else { throw .malformed(.webpFrame) }
        while let (type, content) = try WebPChunk.next(in: &content) {
            try countChunk()
            guard type == FourCC("VP8 ") || type == FourCC("VP8L") else { continue }
            let picture = try WebPPicture(type, content)
            guard picture.hasSize(width, height) else { throw .malformed(.webpFrame) }
            return
        }
        throw .malformed(.webpWithoutImage)
    }

    func header(byteCount: Int) throws(HeaderError) -> ImageHeader {
        guard let picture = canvas ?? image, image != nil || frameCount > 0 else {
            throw .malformed(.webpWithoutImage)
        }
        var header = ImageHeader(format: .webp, byteCount: byteCount, width: picture.width, height: picture.height)
        header.frameCount = max(frameCount, 1)
        header.hasAlpha = picture.hasAlpha || image?.hasAlpha == true
        header.channelCount = header.hasAlpha == true ? 4 : 3
        header.bitDepth = 8
        header.chunkCount = chunkCount
        header.metadataByteCount = metadataByteCount
        return header
    }
}

/// Size and transparency, as a WebP says them in three places.
private struct WebPPicture {
    var width: Int
    var height: Int
    var hasAlpha: Bool

    func hasSize(_ width: Int, _ height: Int) -> Bool {
        self.width == width && self.height == height
    }

    /// From the content of a `VP8X` chunk, which speaks for the whole file.
    init(canvas content: ByteReader) throws(HeaderError) {
        var content = content
        hasAlpha = try content.byte() & 0x10 != 0
        try content.skip(3)
        width = try content.little(3) + 1
        height = try content.little(3) + 1
    }

    /// From the content of a `VP8 ` chunk (RFC 6386, 9.1) or a `VP8L` one (RFC 9649, 3.4).
    init(_ type: FourCC, _ content: ByteReader) throws(HeaderError) {
        var content = content
        if type == FourCC("VP8L") {
            guard try content.byte() == 0x2F else { throw .malformed(.webpBitstream) }
            let bits = try content.little(4)
            guard bits >> 29 == 0 else { throw .malformed(.webpBitstream) }  // version
            width = bits & 0x3FFF + 1
            height = bits >> 14 & 0x3FFF + 1
            hasAlpha = bits >> 28 & 1 == 1
        } else {
            let isKeyFrame = try content.little(3) & 1 == 0
            guard isKeyFrame, try content.big(3) == 0x9D_01_2A else { throw .malformed(.webpBitstream) }
            width = try content.little(2) & 0x3FFF  // the two bits above ask for upscaling, which nobody does
            height = try content.little(2) & 0x3FFF
            hasAlpha = false
            guard width > 0, height > 0 else { throw .malformed(.zeroSize) }
        }
    }
}
