package import NIOCore

/// What a server answers to one command, in the types of RESP 2.
package enum Reply: Hashable, Sendable {
    /// `+OK`.
    case status(String)
    case bulk(ByteBuffer)
    case integer(Int64)
    case array([Reply])
    /// No such thing.
    case null
    /// The server's refusal. Only inside of arrays: as a whole answer it is thrown.
    case error(ServerError)
}

extension Reply {
    /// The bytes of a bulk string; nil for anything else.
    package var bytes: ByteBuffer? { if case .bulk(let bytes) = self { bytes } else { nil } }

    /// Text of a bulk string or a status; nil for anything else.
    package var text: String? {
        switch self {
        case .bulk(let bytes): String(buffer: bytes)
        case .status(let text): text
        default: nil
        }
    }

    package var number: Int64? { if case .integer(let number) = self { number } else { nil } }

    package var elements: [Reply]? { if case .array(let elements) = self { elements } else { nil } }
}
