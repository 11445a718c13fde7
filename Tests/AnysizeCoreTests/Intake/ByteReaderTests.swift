import AnysizeCore
import AnysizeTesting
import Testing

@Suite("Reading bytes")
struct ByteReaderTests {
    @Test("Numbers are read in both byte orders")
    func numbers() throws {
        try read([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) { reader throws(HeaderError) in
            #expect(try reader.big16() == 0x0102)
            #expect(try reader.little(3) == 0x05_04_03)
            #expect(try reader.byte() == 6)
            #expect(try reader.big(0) == 0)
            #expect(try reader.big32() == 0x07_08_09_0A)
            #expect(reader.isAtEnd)
        }
    }

    @Test("A read beyond the end throws and moves nothing")
    func beyondEnd() throws {
        try read([1, 2, 3]) { reader throws(HeaderError) in
            #expect(throws: HeaderError.truncated) { try reader.big32() }
            #expect(throws: HeaderError.truncated) { try reader.skip(4) }
            #expect(throws: HeaderError.truncated) { try reader.skip(-1) }
            #expect(throws: HeaderError.truncated) { try reader.skip(.max) }
            #expect(reader.offset == 0)
            var piece = try reader.take(2, pastEnd: .malformed(.heifBox))
            #expect(throws: HeaderError.malformed(.heifBox)) { try piece.skip(3) }
            #expect(reader.remaining == 1)
        }
    }

    @Test("A byte is found wherever it stands", arguments: 0..<40)
    func find(_ place: Int) throws {
        var bytes = [UInt8](repeating: 0x7F, count: 40)
        bytes[place] = 0xFF
        try read(bytes) { reader throws(HeaderError) in
            let isFound = reader.skip(to: 0xFF)
            #expect(isFound)
            #expect(reader.offset == place)
            try reader.skip(1)
            let isFoundAgain = reader.skip(to: 0xFF)
            #expect(!isFoundAgain)
            #expect(reader.isAtEnd)
        }
    }

    @Test("Finding a byte agrees with the obvious loop on any bytes", arguments: 1...20)
    func findRandom(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let choice: [UInt8] = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF]
        let bytes = (0..<500).map { _ in choice.randomElement(using: &random) ?? 0 }
        try read(bytes) { reader throws(HeaderError) in
            while true {
                let expected = bytes[reader.offset...].firstIndex(of: 0x80)
                guard reader.skip(to: 0x80) else {
                    #expect(expected == nil)
                    return
                }
                #expect(reader.offset == expected)
                try reader.skip(1)
            }
        }
    }

    @Test("Bits and exponential-Golomb numbers come back as written", arguments: [0, 1, 2, 7, 8, 255, 16_384, 65_535])
    func bits(_ value: Int) throws {
        var sample = BitSample()
        sample.add(5, 3)
        sample.addGolomb(value)
        sample.add(value, 17)
        try read(sample.bytes) { reader throws(HeaderError) in
            var bits = BitReader(reader)
            #expect(try bits.bits(3) == 5)
            #expect(try bits.golomb() == value)
            #expect(try bits.bits(17) == value)
        }
    }

    private func read(
        _ bytes: [UInt8],
        _ body: (inout ByteReader) throws(HeaderError) -> Void
    ) throws(HeaderError) {
        try bytes.withUnsafeBufferPointer { bytes throws(HeaderError) in
            var reader = ByteReader(UnsafeRawBufferPointer(bytes))
            try body(&reader)
        }
    }
}
