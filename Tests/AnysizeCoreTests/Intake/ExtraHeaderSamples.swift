// Small files of the formats that only a setting lets in, with nothing but headers, made to order.

enum TIFFSample {
    /// Of a field: its type, and its values.
    enum Field {
        case short([Int])
        case long([Int])
        case ascii([UInt8])

        fileprivate var type: Int {
            switch self {
            case .ascii: 2
            case .short: 3
            case .long: 4
            }
        }
    }

    /// - Parameter fields: beside and instead of those of a plain picture of three bytes a pixel in one strip.
    static func file(
        _ width: Int, _ height: Int, isBig: Bool = false, isLittle: Bool = true, fields: [Int: Field?] = [:]
    ) -> [UInt8] {
        let number = isLittle ? little : big
        let plain: [Int: Field?] = [
            256: .long([width]), 257: .long([height]), 258: .short([8, 8, 8]), 259: .short([1]), 262: .short([2]),
            273: .long([8]), 277: .short([3]), 278: .long([height]), 279: .long([width * height * 3]),
        ]
        let all = plain.merging(fields) { $1 }.compactMapValues { $0 }.sorted { $0.key < $1.key }
        let room = isBig ? 8 : 4
        let start = isBig ? 16 : 8
        var behind: [UInt8] = []
        let end = start + (isBig ? 8 : 2) + all.count * (isBig ? 20 : 12) + room
        var directory = number(all.count, isBig ? 8 : 2)
        for (tag, field) in all {
            let values: [UInt8]
            let count: Int
            switch field {
            case .short(let list): (values, count) = (list.flatMap { number($0, 2) }, list.count)
            case .long(let list): (values, count) = (list.flatMap { number($0, 4) }, list.count)
            case .ascii(let bytes): (values, count) = (bytes, bytes.count)
            }
            directory += number(tag, 2) + number(field.type, 2) + number(count, room)
            if values.count <= room {
                directory += values + [UInt8](repeating: 0, count: room - values.count)
            } else {
                directory += number(end + behind.count, room)
                behind += values
            }
        }
        let order: [UInt8] = isLittle ? [0x49, 0x49] : [0x4D, 0x4D]
        let head = isBig ? number(43, 2) + number(8, 2) + number(0, 2) : number(42, 2)
        return order + head + number(start, room) + directory + [UInt8](repeating: 0, count: room) + behind
    }
}

enum JXLSample {
    /// - Parameters:
    ///   - bitDepth: nil for the short way to say 8 bits and everything as usual.
    ///   - extraChannels: 0 or 1.
    static func file(
        _ width: Int, _ height: Int, orientation: Int = 1, bitDepth: Int? = 10, extraChannels: Int = 0,
        isAnimation: Bool = false
    ) -> [UInt8] {
        var bits = LowBits()
        bits.add(0x0AFF, 16)
        bits.add(0, 1)
        bits.add(3, 2)
        bits.add(height - 1, 30)
        bits.add(0, 3)
        bits.add(3, 2)
        bits.add(width - 1, 30)
        guard let bitDepth else {
            bits.add(1, 1)
            return bits.bytes + [0, 0]
        }
        bits.add(0, 1)
        let hasExtras = orientation != 1 || isAnimation
        bits.add(hasExtras ? 1 : 0, 1)
        if hasExtras {
            bits.add(orientation - 1, 3)
            bits.add(0, 1)
            bits.add(0, 1)
            bits.add(isAnimation ? 1 : 0, 1)
            if isAnimation {
                bits.add(0, 2)
                bits.add(0, 2)
                bits.add(0, 2)
                bits.add(0, 1)
            }
        }
        bits.add(0, 1)
        bits.add(3, 2)
        bits.add(bitDepth - 1, 6)
        bits.add(1, 1)
        bits.add(extraChannels, 2)
        return bits.bytes + [0, 0]
    }

    /// - Parameter parts: where the stream is cut.
    static func container(_ stream: [UInt8], parts: [Int] = [], before: [UInt8] = []) -> [UInt8] {
        let start: [UInt8] = [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20, 0x0D, 0x0A, 0x87, 0x0A]
        let type = HEIFSample.box("ftyp", Array("jxl ".utf8) + big(0, 4) + Array("jxl ".utf8))
        guard !parts.isEmpty else { return start + type + before + HEIFSample.box("jxlc", stream) }
        var boxes: [UInt8] = []
        for (index, range) in zip([0] + parts, parts + [stream.count]).enumerated() {
            boxes += HEIFSample.box("jxlp", big(index, 4) + stream[range.0..<range.1])
        }
        return start + type + before + boxes
    }

    /// Bits gathered into bytes, lowest first.
    private struct LowBits {
        private var bits: [UInt8] = []

        mutating func add(_ value: Int, _ count: Int) {
            bits += (0..<count).map { UInt8(truncatingIfNeeded: value >> $0) & 1 }
        }

        var bytes: [UInt8] {
            stride(from: 0, to: bits.count, by: 8).map { start in
                (0..<8).reduce(0) { $0 | (start + $1 < bits.count ? bits[start + $1] << UInt8($1) : 0) }
            }
        }
    }
}
