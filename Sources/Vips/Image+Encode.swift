import CVips

/// What an encoder is asked for; one case a format, with the settings that have a say there.
package enum Encoding: Sendable, Hashable {
    /// - Parameters:
    ///   - quality: 1 to 100.
    ///   - progressive: several scans, smaller for larger pictures, and shown early by browsers.
    case jpeg(quality: Int, progressive: Bool)
    /// Fast to write and to read: colours at full resolution (4:4:4), one scan, and the tables of the standard.
    case plainJPEG(quality: Int)
    /// - Parameters:
    ///   - compression: zlib level, 0 to 9.
    ///   - filtered: try all row filters for each row: smaller, and slower.
    case png(compression: Int, filtered: Bool)
    /// - Parameters:
    ///   - quality: 1 to 100.
    ///   - effort: 0 (fast) to 6 (small).
    case webp(quality: Int, lossless: Bool, effort: Int)
    /// Always 8 bits a channel: at 10 bits libaom aborts the whole process on Debian 12.
    /// - Parameters:
    ///   - quality: 1 to 100.
    ///   - effort: 0 (fast) to 9 (small).
    case avif(quality: Int, lossless: Bool, effort: Int)
    /// - Parameters:
    ///   - effort: of the palette's choice, 1 to 10.
    ///   - frameTolerance: how far a pixel's colour may be from that of the frame before to count as unchanged, 0 to 32.
    case gif(effort: Int, frameTolerance: Double)
}

extension Image {
    /// Encodes, computing pixels as it goes where they aren't in memory yet.
    /// - Parameter stripped: leave out all metadata, the profile included.
    package borrowing func encode(_ encoding: Encoding, stripped: Bool) throws(VipsError) -> EncodedBytes {
        switch encoding {
        case .jpeg(let quality, let progressive):
            let operation = saver("jpegsave_buffer", stripped: stripped)
            operation.set("Q", quality)
            operation.set("optimize_coding", true)
            operation.set("interlace", progressive)
            return try operation.encoded()
        case .plainJPEG(let quality):
            let operation = saver("jpegsave_buffer", stripped: stripped)
            operation.set("Q", quality)
            operation.set("subsample_mode", Int(VIPS_FOREIGN_SUBSAMPLE_OFF.rawValue))
            return try operation.encoded()
        case .png(let compression, let filtered):
            let operation = saver("pngsave_buffer", stripped: stripped)
            operation.set("compression", compression)
            let filter = filtered ? VIPS_FOREIGN_PNG_FILTER_ALL : VIPS_FOREIGN_PNG_FILTER_SUB
            operation.set("filter", Int(filter.rawValue))
            return try operation.encoded()
        case .webp(let quality, let lossless, let effort):
            let operation = saver("webpsave_buffer", stripped: stripped)
            operation.set("Q", quality)
            operation.set("lossless", lossless)
            operation.set("effort", effort)
            return try operation.encoded()
        case .avif(let quality, let lossless, let effort):
            let operation = saver("heifsave_buffer", stripped: stripped)
            operation.set("compression", Int(VIPS_FOREIGN_HEIF_COMPRESSION_AV1.rawValue))
            operation.set("bitdepth", 8)
            operation.set("Q", quality)
            operation.set("lossless", lossless)
            operation.set("effort", effort)
            return try operation.encoded()
        case .gif(let effort, let frameTolerance):
            let operation = saver("gifsave_buffer", stripped: stripped)
            operation.set("effort", effort)
            operation.set("interframe_maxerror", frameTolerance)
            return try operation.encoded()
        }
    }

    private borrowing func saver(_ name: String, stripped: Bool) -> Operation {
        let operation = Operation(name)
        operation.set("in", self)
        operation.set("strip", stripped)
        return operation
    }
}
