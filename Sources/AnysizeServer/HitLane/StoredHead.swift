import NIOCore
import NIOHTTP1

/// The header of a response, serialised, but for what is another with each answer: the date, and how long it took.
struct StoredHead: Sendable, Equatable {
    /// What comes before the first of the two, between them, and after the second.
    private let pieces: [[UInt8]]
    private let isDateFirst: Bool

    static let timingPrefix = "total;dur="

    /// From a response as the router gave it.
    /// - Returns: nil for one that can't be given again: without a date or a time, or with more than a total in it, or the last
    ///   of its connection.
    init?(_ head: HTTPResponseHead) {
        guard head.version == .http1_1 else { return nil }
        var pieces: [[UInt8]] = []
        var piece = Array("HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n".utf8)
        var order: [Bool] = []
        for (name, value) in head.headers {
            piece += Array("\(name): ".utf8)
            switch name.lowercased() {
            case "connection", "transfer-encoding": return nil
            case "date":
                order.append(true)
                pieces.append(piece)
                piece = []
            case "server-timing":
                guard value.hasPrefix(Self.timingPrefix), !value.contains(",") else { return nil }
                order.append(false)
                pieces.append(piece + Array(Self.timingPrefix.utf8))
                piece = []
            default: piece += Array(value.utf8)
            }
            piece += [13, 10]
        }
        guard order.count == 2, order[0] != order[1] else { return nil }
        self.pieces = pieces + [piece + [13, 10]]
        isDateFirst = order[0]
    }

    /// Bytes that it takes, about.
    var byteCount: Int { pieces.reduce(0) { $0 + $1.count } + 48 }

    /// Writes it.
    /// - Parameters:
    ///   - date: as HTTP has it.
    ///   - nanoseconds: what the answer took, up to now.
    func write(to buffer: inout ByteBuffer, date: [UInt8], nanoseconds: Int64) {
        buffer.writeBytes(pieces[0])
        if isDateFirst { buffer.writeBytes(date) } else { Self.writeMilliseconds(nanoseconds, to: &buffer) }
        buffer.writeBytes(pieces[1])
        if isDateFirst { Self.writeMilliseconds(nanoseconds, to: &buffer) } else { buffer.writeBytes(date) }
        buffer.writeBytes(pieces[2])
    }

    /// With three decimals.
    private static func writeMilliseconds(_ nanoseconds: Int64, to buffer: inout ByteBuffer) {
        let microseconds = max(0, (nanoseconds + 500) / 1000)
        var whole = microseconds / 1000
        var fraction = microseconds % 1000
        // From the last digit to the first: nobody waits for more than some hours.
        var digits: InlineArray<16, UInt8> = .init(repeating: 48)
        var first = 16
        for _ in 0..<3 {
            first -= 1
            digits[first] = 48 + UInt8(truncatingIfNeeded: fraction % 10)
            fraction /= 10
        }
        first -= 1
        digits[first] = 46
        repeat {
            first -= 1
            digits[first] = 48 + UInt8(truncatingIfNeeded: whole % 10)
            whole /= 10
        } while whole > 0 && first > 0
        for index in first..<16 { buffer.writeInteger(digits[index]) }
    }
}
