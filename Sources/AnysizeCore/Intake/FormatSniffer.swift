/// Names the format of a file by its first bytes.
///
/// File name and declared media type play no part: both are the caller's word. Libraries that are asked to guess try
/// their decoders one after the other, and guessing alone can hang; the answer here picks the one decoder that will
/// be called, by name.
package enum FormatSniffer {
    /// How many first bytes are enough for an answer, in bytes: an SVG may have comments and entities before its first element.
    package static let byteCountNeeded = 4_096
    /// The same for anything else. Most files need twelve; ISO files list their brands, and none that we know lists more than a dozen.
    private static let binaryByteCountNeeded = 512

    /// How many first bytes are enough for a file that begins so.
    package static func byteCountNeeded(after head: UnsafeRawBufferPointer) -> Int {
        let isText = head.first { !XMLRoot.mayPrecede($0) } ?? UInt8(ascii: "<") == UInt8(ascii: "<")
        return isText ? byteCountNeeded : binaryByteCountNeeded
    }

    /// The format, or nil if it isn't on the list.
    ///
    /// - Parameter head: the file's beginning; fewer bytes than `byteCountNeeded` only if the file has no more.
    package static func format(of head: UnsafeRawBufferPointer) -> ImageFormat? {
        let head = UnsafeRawBufferPointer(rebasing: head.prefix(byteCountNeeded))
        func has(_ magic: [UInt8], at offset: Int = 0) -> Bool {
            head.dropFirst(offset).starts(with: magic)
        }
        if has([0xFF, 0xD8, 0xFF]) { return .jpeg }
        if has(PNGHeader.signature) { return .png }
        if has(Array("GIF87a".utf8)) || has(Array("GIF89a".utf8)) { return .gif }
        if has(Array("RIFF".utf8)), has(Array("WEBP".utf8), at: 8) { return .webp }
        if has(Array("ftyp".utf8), at: 4) { return isoFormat(of: head) }
        // Of both byte orders; 43 is BigTIFF.
        if has([0x49, 0x49, 42, 0]) || has([0x4D, 0x4D, 0, 42]) { return .tiff }
        if has([0x49, 0x49, 43, 0]) || has([0x4D, 0x4D, 0, 43]) { return .tiff }
        if has([0xFF, 0x0A]) || has(JXLHeader.containerSignature) { return .jxl }
        if has(Array("%PDF-".utf8)) { return .pdf }
        if let root = XMLRoot(head), root.localName == "svg" { return .svg }
        return nil
    }

    /// The format of an ISO base media file, by the brands of its `ftyp` box (ISO/IEC 14496-12, 4.3).
    ///
    /// The major brand decides. Where it is only a structural one (`mif1`, `msf1`) or that of a sequence (`avis`,
    /// `hevc`), one of the compatible brands must promise a still picture: of sequences, that is all we read.
    private static func isoFormat(of head: UnsafeRawBufferPointer) -> ImageFormat? {
        var brands = ByteReader(head)
        guard let size = try? brands.big32(), size >= 16, (try? brands.skip(4)) != nil else { return nil }
        guard let major = try? brands.fourCC(), (try? brands.skip(4)) != nil else { return nil }
        if let format = still(major) { return format }
        var found: ImageFormat?
        while brands.offset + 4 <= size, let brand = try? brands.fourCC() {
            // Of a file that promises both, the newer coding is the one its primary picture has.
            if let format = still(brand), found != .avif { found = format }
        }
        return found
    }

    private static func still(_ brand: FourCC) -> ImageFormat? {
        switch brand {
        case FourCC("avif"): .avif
        case FourCC("heic"), FourCC("heix"): .heic
        default: nil
        }
    }
}
