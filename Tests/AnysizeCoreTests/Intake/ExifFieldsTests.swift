import AnysizeCore
import AnysizeTesting
import Testing

@Suite struct ExifFieldsTests {
    /// Writes a block of EXIF: its main directory, one of the photograph and one of the position.
    private struct Block {
        let isLittle: Bool

        func number(_ value: Int, _ byteCount: Int) -> [UInt8] {
            let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return isLittle ? bytes : bytes.reversed()
        }

        func fractions(_ parts: [Int]) -> [UInt8] { parts.flatMap { number($0, 4) } }

        /// - Returns: a directory that begins at an offset, with what doesn't fit into its entries behind it.
        func directory(_ entries: [(tag: Int, type: Int, count: Int, bytes: [UInt8])], at offset: Int) -> [UInt8] {
            var head = number(entries.count, 2)
            var tail: [UInt8] = []
            let start = offset + 6 + 12 * entries.count
            for entry in entries {
                head += number(entry.tag, 2) + number(entry.type, 2) + number(entry.count, 4)
                if entry.bytes.count <= 4 {
                    head += entry.bytes + [UInt8](repeating: 0, count: 4 - entry.bytes.count)
                } else {
                    head += number(start + tail.count, 4)
                    tail += entry.bytes
                }
            }
            return head + number(0, 4) + tail
        }

        var bytes: [UInt8] {
            let make = Array("Anysize & Co\0".utf8)
            let exif = 500
            let gps = 1000
            var block = Array((isLittle ? "II" : "MM").utf8) + number(42, 2) + number(8, 4)
            block += directory(
                [
                    (0x010F, 2, make.count, make), (0x0112, 3, 1, number(6, 2)), (0x013B, 2, 4, Array("  \0\0".utf8)),
                    (0x9999, 2, 2, Array("x\0".utf8)), (0x8769, 4, 1, number(exif, 4)), (0x8825, 4, 1, number(gps, 4)),
                ], at: 8)
            block += [UInt8](repeating: 0, count: exif - block.count)
            block += directory(
                [
                    (0x829A, 5, 1, fractions([10, 2500])), (0x829D, 5, 1, fractions([28, 10])),
                    (0x9204, 10, 1, fractions([-1, 3])), (0x8827, 3, 2, number(100, 2) + number(200, 2)),
                    (0x920A, 5, 1, fractions([50, 0])), (0xA431, 2, 4, Array("S-1\0".utf8)),
                    (0x9003, 2, 1000, [UInt8](repeating: 65, count: 1000)),
                ], at: exif)
            block += [UInt8](repeating: 0, count: max(0, gps - block.count))
            return block
        }

        var whole: [UInt8] {
            var block = Array(bytes.prefix(1000))
            block += directory(
                [
                    (1, 2, 2, Array("S\0".utf8)), (2, 5, 3, fractions([48, 1, 51, 1, 756, 25])),
                    (3, 2, 2, Array("E\0".utf8)),
                    (4, 5, 3, fractions([2, 1, 17, 1, 201, 5])), (5, 1, 1, [1]), (6, 5, 1, fractions([125, 10])),
                ], at: 1000)
            return block
        }
    }

    private func read(_ bytes: [UInt8]) -> [String: String] {
        bytes.withUnsafeBytes { ExifFields($0) }.values
    }

    @Test(arguments: [true, false], [true, false])
    func `what a camera wrote, in either order of bytes`(isLittle: Bool, hasPrefix: Bool) {
        let block = Block(isLittle: isLittle).whole
        #expect(
            read((hasPrefix ? Array("Exif\0\0".utf8) : []) + block) == [
                "Make": "Anysize & Co", "Orientation": "6", "ExposureTime": "1/250", "FNumber": "2.8",
                "ExposureBiasValue": "-0.333333", "PhotographicSensitivity": "100 200", "BodySerialNumber": "S-1",
                "GPSLatitude": "-48.8584", "GPSLongitude": "2.2945", "GPSAltitude": "-12.5",
            ])
    }

    @Test func `a cut or changed block gives what it can, and nothing else happens`() {
        let block = Block(isLittle: true).whole
        for count in 0..<block.count { #expect(read(Array(block.prefix(count))).count <= 10) }
        var random = SeededRandom(seed: 8)
        for _ in 0..<20_000 {
            var changed = block
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<changed.count, using: &random)
                changed[index] =
                    [0, 255, UInt8.random(in: .min ... .max, using: &random)].randomElement(using: &random) ?? 0
            }
            let fields = changed.withUnsafeBytes { ExifFields($0) }
            #expect(fields.isPlausible)
        }
    }

    @Test(
        arguments: [[], Array("Exif\0\0".utf8), Array("II*\0".utf8), Array("XX*\0\u{8}\0\0\0\0\0".utf8)] as [[UInt8]])
    func `what is none has nothing`(bytes: [UInt8]) {
        #expect(read(bytes).isEmpty)
    }
}
