import NIOCore
import NIOHTTP1

/// What the bytes of one read are, as far as can be told without the HTTP decoder, which takes longer to put a header together
/// than the lane takes to answer it.
///
/// Only what is written as nearly all clients write it is understood: one request in one read, every line ended by CR LF, no
/// line folded, nothing but printable ASCII. All else is the decoder's, so what is malformed is refused by it alone.
enum WireRequest {
    /// One whole request without a body, which asks for nothing but a picture.
    case picture(HitRequest)
    /// One whole request without a body, of another kind.
    case whole
    /// Anything else: a part of a request, more than one, a body, something malformed.
    case unclear

    /// Longer ones than this are rare, and the lane's time isn't theirs.
    private static let byteCountMax = 4096
    /// Likewise; and the decoder, which has a bound of its own, is to refuse what is beyond that.
    fileprivate static let fieldCountMax = 50

    init(_ bytes: ByteBuffer) {
        guard bytes.readableBytes <= Self.byteCountMax else {
            self = .unclear
            return
        }
        self = bytes.withUnsafeReadableBytes { bytes in
            var reader = Reader(bytes: bytes)
            return reader.request() ?? .unclear
        }
    }
}

/// From the first byte to the last; every method gives nil where something isn't as expected.
private struct Reader {
    let bytes: UnsafeRawBufferPointer
    var offset = 0

    mutating func request() -> WireRequest? {
        let isHead: Bool
        if skip("GET ") { isHead = false } else if skip("HEAD ") { isHead = true } else { return nil }
        let start = offset
        while offset < bytes.count, (0x21...0x7e).contains(bytes[offset]) { offset += 1 }
        let target = bytes[start..<offset]
        guard skip(" HTTP/1.1\r\n") else { return nil }
        var traits = RequestHead()
        var fieldCount = 0
        while !skip("\r\n") {
            fieldCount += 1
            guard fieldCount <= WireRequest.fieldCountMax, let field = field() else { return nil }
            traits.note(field)
        }
        // What follows would be a body, or the next request.
        guard offset == bytes.count else { return nil }
        traits.complete(.http1_1)
        guard !traits.stopsDecoder, !traits.mayHaveBody else { return nil }
        guard traits.refusal == nil, !traits.namesConnection, traits.isPlain,
            target.starts(with: HitRequest.pathPrefix)
        else { return .whole }
        return .picture(
            HitRequest(
                target: String(decoding: target, as: UTF8.self), isHead: isHead, accept: traits.accept,
                ifNoneMatch: traits.ifNoneMatch))
    }

    private mutating func field() -> WireField? {
        let start = offset
        while offset < bytes.count, Self.isNameByte(bytes[offset]) { offset += 1 }
        let name = bytes[start..<offset]
        guard !name.isEmpty, skip(":") else { return nil }
        while offset < bytes.count, Self.isBlank(bytes[offset]) { offset += 1 }
        let first = offset
        while offset < bytes.count, (0x20...0x7e).contains(bytes[offset]) || bytes[offset] == 9 { offset += 1 }
        var end = offset
        while end > first, Self.isBlank(bytes[end - 1]) { end -= 1 }
        guard skip("\r\n") else { return nil }
        return WireField(name: name, text: bytes[first..<end])
    }

    /// Goes past a text, if it is the next.
    private mutating func skip(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - offset >= count else { return false }
        for index in 0..<count where bytes[offset + index] != text.utf8Start[index] { return false }
        offset += count
        return true
    }

    /// Letters, digits and the hyphen: of all that RFC 9110 allows in a name, what is used.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2d
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 9 }
}
