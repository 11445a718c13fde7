/// Walks the coded data of one HEIF picture, to see what its decoder would really have to do.
///
/// Only headers are looked at. Without this look a file of a kilobyte whose property says 100 x 100 could hold a
/// picture of 16,384 x 16,384, or any number of frames.
package struct HEIFCoding {
    /// Frames of one picture. There is one per layer, and few pictures have two.
    package static let frameCountMax = 32

    /// Units of one picture. Slices and tiles make some hundreds; many pictures may name the same bytes, so without a
    /// bound a short file would be walked for long.
    package static let unitCountMax = 4_096

    /// How much larger than its property's a coded size may be, in pixels per side: HEVC codes whole blocks, of up to
    /// 64 pixels, and cuts off afterwards.
    private static let marginMax = 64

    private let widthMax: Int
    private let heightMax: Int
    private var frameCount = 0
    private var unitCount = 0

    /// - Parameters: the size that the picture's property says.
    package init(width: Int, height: Int) {
        widthMax = width + Self.marginMax
        heightMax = height + Self.marginMax
    }

    private func check(_ size: CodedSize) throws(HeaderError) {
        guard size.width <= widthMax, size.height <= heightMax else { throw .malformed(.heifCodedSize) }
    }

    private mutating func countUnit() throws(HeaderError) {
        unitCount += 1
        guard unitCount <= Self.unitCountMax else { throw .malformed(.heifCodedSize) }
    }

    private mutating func countFrame() throws(HeaderError) {
        frameCount += 1
        guard frameCount <= Self.frameCountMax else { throw .malformed(.heifCodedSize) }
    }
}

// MARK: - AV1

extension HEIFCoding {
    /// Checks the units in a decoder configuration, which decoders read before the item's own.
    package mutating func checkAV1Configuration(_ configuration: ByteReader) throws(HeaderError) {
        var content = configuration
        try content.skip(4)
        try checkAV1(content)
    }

    /// Checks the open bitstream units (AV1 specification, 5.3) of one extent of an item.
    package mutating func checkAV1(_ data: ByteReader) throws(HeaderError) {
        var data = data
        while !data.isAtEnd {
            try countUnit()
            let header = try data.byte()
            if header & 0x04 != 0 { try data.skip(1) }
            let hasSize = header & 0x02 != 0
            let size = hasSize ? try Self.leb128(&data) : data.remaining
            let content = try data.take(size, pastEnd: .malformed(.heifCodedSize))
            switch header >> 3 & 15 {
            case 1: try check(CodedSize(av1Sequence: content))
            case 3, 6: try countFrame()
            default: break
            }
        }
    }

    /// A number in groups of seven bits, lowest first.
    private static func leb128(_ data: inout ByteReader) throws(HeaderError) -> Int {
        var value = 0
        for index in 0..<8 {
            let byte = try data.byte()
            value |= Int(byte & 0x7F) << (7 * index)
            if byte & 0x80 == 0 { return value }
        }
        throw .malformed(.heifCodedSize)
    }
}

// MARK: - HEVC

extension HEIFCoding {
    /// Checks the NAL units of one extent of an item, each with its length before it.
    package mutating func checkHEVC(_ data: ByteReader, lengthByteCount: Int) throws(HeaderError) {
        var data = data
        while !data.isAtEnd {
            let length = Int(try data.big(lengthByteCount))
            try checkUnit(try data.take(length, pastEnd: .malformed(.heifCodedSize)))
        }
    }

    /// Checks the parameter sets in a decoder configuration (ISO/IEC 14496-15, 8.3.3.1), and returns how many bytes
    /// the lengths in the item have.
    package mutating func checkHEVCConfiguration(_ configuration: ByteReader) throws(HeaderError) -> Int {
        var content = configuration
        try content.skip(21)
        let lengthByteCount = Int(try content.byte() & 3) + 1
        for _ in 0..<(try content.byte()) {
            try content.skip(1)
            for _ in 0..<(try content.big16()) {
                try checkUnit(try content.take(try content.big16(), pastEnd: .malformed(.heifCodedSize)))
            }
        }
        return lengthByteCount
    }

    private mutating func checkUnit(_ unit: ByteReader) throws(HeaderError) {
        try countUnit()
        var unit = unit
        guard unit.remaining > 2 else { return }
        let header = try unit.big16()
        let isBaseLayer = header >> 3 & 0x3F == 0
        guard isBaseLayer else { return }  // decoders pass over the others
        switch header >> 9 & 0x3F {
        case 0...31:
            let isFirstSlice = try unit.byte() & 0x80 != 0
            if isFirstSlice { try countFrame() }
        case 33:
            try check(try Self.size(ofSequence: unit))
        default:
            break
        }
    }

    private static func size(ofSequence content: ByteReader) throws(HeaderError) -> CodedSize {
        // The size stands within the first hundred bytes, whatever is optional before it.
        var content = content
        var plain: [UInt8] = []
        var zeroCount = 0
        while plain.count < 128, !content.isAtEnd {
            let byte = try content.byte()
            if zeroCount >= 2, byte == 3 {
                zeroCount = 0
                continue
            }
            zeroCount = byte == 0 ? zeroCount + 1 : 0
            plain.append(byte)
        }
        return try plain.withUnsafeBufferPointer { bytes throws(HeaderError) in
            let bytes = UnsafeRawBufferPointer(bytes)
            return try CodedSize(hevcSequence: ByteReader(bytes, pastEnd: .malformed(.heifCodedSize)))
        }
    }
}
