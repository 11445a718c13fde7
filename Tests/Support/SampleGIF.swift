package import NIOCore

/// GIFs of plain rectangles, written byte by byte: what a frame leaves behind is up to the test.
package struct SampleGIF {
    package enum Disposal: UInt8, Sendable { case keep = 1, background = 2, previous = 3 }

    private var bytes: [UInt8]

    /// Colours 0 to 3 are red, green, blue and transparent.
    package init(width: Int, height: Int, loops: Int? = 0) {
        bytes = Array("GIF89a".utf8) + Self.little(width) + Self.little(height) + [0xF1, 0, 0]
        bytes += [255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0]
        if let loops {
            bytes += [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8) + [3, 1] + Self.little(loops) + [0]
        }
    }

    /// - Parameter hundredths: of a second for which it is shown.
    package mutating func add(
        colour: UInt8, left: Int, top: Int, width: Int, height: Int, disposal: Disposal = .keep, hundredths: Int = 5
    ) {
        bytes += [0x21, 0xF9, 4, disposal.rawValue << 2 | 1] + Self.little(hundredths) + [3, 0]
        bytes += [0x2C] + Self.little(left) + Self.little(top) + Self.little(width) + Self.little(height) + [0, 2]
        bytes += Self.data(colour, count: width * height) + [0]
    }

    package var buffer: ByteBuffer { ByteBuffer(bytes: bytes + [0x3B]) }

    private static func little(_ number: Int) -> [UInt8] { [UInt8(number & 255), UInt8(number >> 8)] }

    /// Codes of three bits: the table is cleared before every second pixel, so that it never grows.
    private static func data(_ colour: UInt8, count: Int) -> [UInt8] {
        let (clear, end): (UInt8, UInt8) = (4, 5)
        var codes: [UInt8] = []
        for pixel in 0..<count {
            if pixel.isMultiple(of: 2) { codes.append(clear) }
            codes.append(colour)
        }
        codes.append(end)
        var packed: [UInt8] = []
        for (index, code) in codes.enumerated() {
            for bit in 0..<3 {
                let position = index * 3 + bit
                if position / 8 == packed.count { packed.append(0) }
                packed[position / 8] |= (code >> UInt8(bit) & 1) << UInt8(position % 8)
            }
        }
        var blocks: [UInt8] = []
        var start = 0
        while start < packed.count {
            let block = packed[start..<min(packed.count, start + 255)]
            blocks += [UInt8(block.count)] + block
            start += 255
        }
        return blocks
    }
}
