/// Width and height of a picture in the words of its own bit stream, in pixels.
///
/// A HEIF file says the size of each picture twice: in a property, which is what decoders report, and in the coded
/// data, which is what they decode. On Debian 12 the second is compared with the first only when all the work is done.
package struct CodedSize: Hashable, Sendable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

extension CodedSize {
    /// From the content of an AV1 sequence header OBU (AV1 specification, 5.5.1): the largest frame that may follow.
    package init(av1Sequence content: ByteReader) throws(HeaderError) {
        var bits = BitReader(content)
        try bits.skip(4)  // profile, still picture
        if try bits.bit() {
            try bits.skip(5)  // the reduced header of a still has the level and nothing more
        } else {
            try Self.skipOperatingPoints(&bits)
        }
        let widthBitCount = try bits.bits(4) + 1
        let heightBitCount = try bits.bits(4) + 1
        width = try bits.bits(widthBitCount) + 1
        height = try bits.bits(heightBitCount) + 1
    }

    private static func skipOperatingPoints(_ bits: inout BitReader) throws(HeaderError) {
        var delayBitCount: Int?
        if try bits.bit() {  // timing
            try bits.skip(64)
            if try bits.bit() {
                guard try bits.golomb() != nil else { throw .malformed(.heifCodedSize) }
            }
            if try bits.bit() {  // decoder model
                delayBitCount = try bits.bits(5) + 1
                try bits.skip(32 + 5 + 5)
            }
        }
        let hasDisplayDelay = try bits.bit()
        for _ in 0...(try bits.bits(5)) {
            try bits.skip(12)
            let level = try bits.bits(5)
            if level > 7 { try bits.skip(1) }  // tier
            if let delayBitCount, try bits.bit() { try bits.skip(2 * delayBitCount + 1) }
            if hasDisplayDelay, try bits.bit() { try bits.skip(4) }
        }
    }

    /// From the content of an HEVC sequence parameter set (ITU-T H.265, 7.3.2.2), from behind the NAL unit header,
    /// with its emulation prevention removed. Pixels outside the conformance window are counted: they are decoded.
    package init(hevcSequence content: ByteReader) throws(HeaderError) {
        var bits = BitReader(content)
        try bits.skip(4)
        let subLayerCount = try bits.bits(3)
        try bits.skip(1)
        try Self.skipProfiles(subLayerCount, &bits)
        guard try bits.golomb() != nil, let chroma = try bits.golomb() else { throw .malformed(.heifCodedSize) }
        if chroma == 3 { try bits.skip(1) }
        guard let width = try bits.golomb(), let height = try bits.golomb() else { throw .malformed(.heifCodedSize) }
        self.init(width: width, height: height)
    }

    private static func skipProfiles(_ subLayerCount: Int, _ bits: inout BitReader) throws(HeaderError) {
        try bits.skip(88 + 8)  // general profile and level
        guard subLayerCount > 0 else { return }
        var presentBitCount = 0
        for _ in 0..<subLayerCount {
            presentBitCount += try bits.bit() ? 88 : 0
            presentBitCount += try bits.bit() ? 8 : 0
        }
        try bits.skip(2 * (8 - subLayerCount))
        try bits.skip(presentBitCount)
    }
}
