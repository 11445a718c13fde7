/// Reads the header of a GIF (GIF89a specification, 1990) by walking its blocks and counting frames.
///
/// The size is the one that the decoder, libnsgif, will report, and that isn't always the one in the file: see
/// `GIFCanvas`. A missing trailer, and rubbish behind at least one whole frame, are common and forgiven.
package enum GIFHeader {
    package static func read(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) throws(HeaderError) -> ImageHeader {
        var walk = GIFWalk(bytes, limits: limits)
        return try walk.header()
    }
}

private struct GIFWalk {
    private var reader: ByteReader
    private let limits: HeaderLimits
    private var frameCount = 0
    private var hasTransparency = false
    private var metadataByteCount = 0

    init(_ bytes: UnsafeRawBufferPointer, limits: HeaderLimits) {
        reader = ByteReader(bytes)
        self.limits = limits
    }

    mutating func header() throws(HeaderError) -> ImageHeader {
        try reader.skip(6)  // signature and version
        var canvas = try readScreen()
        while try visitBlock(&canvas) {}
        guard frameCount > 0 else { throw .malformed(.gifWithoutFrame) }
        var header = ImageHeader(format: .gif, byteCount: reader.count, width: canvas.width, height: canvas.height)
        header.frameCount = frameCount
        header.hasAlpha = hasTransparency ? true : nil
        header.channelCount = 4
        header.bitDepth = 8
        header.metadataByteCount = metadataByteCount
        return header
    }

    private mutating func readScreen() throws(HeaderError) -> GIFCanvas {
        let width = try reader.little(2)
        let height = try reader.little(2)
        guard width > 0, height > 0 else { throw .malformed(.zeroSize) }
        let canvas = GIFCanvas(screenWidth: width, screenHeight: height)
        let flags = try reader.byte()
        try reader.skip(2)  // background colour and pixel aspect ratio
        try skipColourTable(flags)
        try limits.checkSize(canvas.claimedWidth, canvas.claimedHeight)
        return canvas
    }

    /// False after the last block.
    private mutating func visitBlock(_ canvas: inout GIFCanvas) throws(HeaderError) -> Bool {
        guard !reader.isAtEnd || frameCount == 0 else { return false }
        switch try reader.byte() {
        case Introducer.image:
            try visitImage(&canvas)
        case Introducer.extensions:
            try visitExtension()
        case Introducer.trailer:
            return false
        default:
            guard frameCount > 0 else { throw .malformed(.gifBlock) }
            return false
        }
        return true
    }

    private mutating func visitImage(_ canvas: inout GIFCanvas) throws(HeaderError) {
        let left = try reader.little(2)
        let top = try reader.little(2)
        canvas.add(right: left + (try reader.little(2)), bottom: top + (try reader.little(2)))
        try limits.checkSize(canvas.claimedWidth, canvas.claimedHeight)
        try skipColourTable(try reader.byte())
        // 2 to 8 by the book; the decoder's tables end at 11.
        guard try reader.byte() <= 11 else { throw .malformed(.gifCodeSize) }
        try skipSubBlocks()
        frameCount += 1
        try limits.check(.frameCount, frameCount)
    }

    private mutating func visitExtension() throws(HeaderError) {
        let start = reader.offset
        guard try reader.byte() == Introducer.graphicControl else {
            try skipSubBlocks()
            // With the lengths in between: empty blocks are no bytes of content, but work all the same.
            metadataByteCount += reader.offset - start
            try limits.check(.metadataByteCount, metadataByteCount)
            return
        }
        var lookAhead = reader
        if try lookAhead.byte() >= 1, try lookAhead.byte() & 1 == 1 {
            hasTransparency = true
        }
        try skipSubBlocks()
    }

    /// Skips a chain of blocks, each with its length before it, up to the empty one.
    private mutating func skipSubBlocks() throws(HeaderError) {
        while case let length = Int(try reader.byte()), length > 0 {
            try reader.skip(length)
        }
    }

    private mutating func skipColourTable(_ flags: UInt8) throws(HeaderError) {
        guard flags & 0x80 != 0 else { return }
        try reader.skip(3 << (Int(flags & 0x07) + 1))
    }

    private enum Introducer {
        static let extensions: UInt8 = 0x21
        static let graphicControl: UInt8 = 0xF9
        static let image: UInt8 = 0x2C
        static let trailer: UInt8 = 0x3B
    }
}
