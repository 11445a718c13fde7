import CHiredis
import NIOCore

/// Reads replies from bytes as they come: hiredis' reader, which makes our own values at once, so that a bulk string is copied once.
///
/// What a server can say is bounded before memory is taken for it; beyond a bound the reader is of no more use.
struct ReplyReader: ~Copyable {
    private let reader: UnsafeMutablePointer<redisReader>
    /// Bytes fed since the last complete reply.
    private var pendingByteCount = 0

    /// The longest reply: far above the values that are worth keeping.
    static let byteCountMax = 64 << 20
    /// The most elements of an array. hiredis 0.14 would take memory for as many as are announced.
    fileprivate static let elementCountMax = 1 << 20

    init() {
        guard let reader = redisReaderCreateWithFunctions(Self.functions) else { fatalError("out of memory") }
        self.reader = reader
    }

    deinit { redisReaderFree(reader) }

    /// Takes what came.
    mutating func feed(_ bytes: ByteBuffer) throws(RedisError) {
        pendingByteCount += bytes.readableBytes
        guard pendingByteCount <= Self.byteCountMax else { throw .malformed }
        let status = bytes.withUnsafeReadableBytes { bytes in
            redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard status == REDIS_OK else { throw .malformed }
    }

    /// The next reply that is there whole.
    mutating func next() throws(RedisError) -> Reply? {
        var root: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &root) == REDIS_OK else { throw .malformed }
        guard let root else { return nil }
        pendingByteCount = reader.pointee.len - reader.pointee.pos
        return Unmanaged<ReplyNode>.fromOpaque(root).takeRetainedValue().reply
    }

    // Written once, before the first use, and only read afterwards.
    nonisolated(unsafe) private static let functions: UnsafeMutablePointer<redisReplyObjectFunctions> = {
        let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        functions.initialize(
            to: redisReplyObjectFunctions(
                createString: { task, text, count in
                    guard let task else { return nil }
                    let bytes = UnsafeRawBufferPointer(start: text, count: count)
                    return ReplyNode(text: bytes, type: task.pointee.type).placed(by: task)
                },
                createArray: { task, count in
                    guard let task, count <= ReplyReader.elementCountMax else { return nil }
                    return ReplyNode(elementCount: Int(count)).placed(by: task)
                },
                createInteger: { task, number in
                    guard let task else { return nil }
                    return ReplyNode(.integer(number)).placed(by: task)
                },
                createNil: { task in
                    guard let task else { return nil }
                    return ReplyNode(.null).placed(by: task)
                },
                freeObject: { root in
                    guard let root else { return }
                    Unmanaged<ReplyNode>.fromOpaque(root).release()
                }))
        return functions
    }()
}

/// A reply while hiredis builds it, from the root to the leaves.
private final class ReplyNode {
    private let leaf: Reply?
    private var elements: [ReplyNode]

    init(_ leaf: Reply) {
        self.leaf = leaf
        elements = []
    }

    init(elementCount: Int) {
        leaf = nil
        elements = []
        // Not for all that were announced: they have yet to come.
        elements.reserveCapacity(min(elementCount, 1024))
    }

    convenience init(text: UnsafeRawBufferPointer, type: CInt) {
        switch type {
        case REDIS_REPLY_STATUS: self.init(.status(String(decoding: text, as: UTF8.self)))
        case REDIS_REPLY_ERROR: self.init(.error(ServerError(String(decoding: text.prefix(1000), as: UTF8.self))))
        default: self.init(.bulk(ByteBuffer(bytes: text)))
        }
    }

    var reply: Reply { leaf ?? .array(elements.map(\.reply)) }

    /// Hands a node to hiredis: the root with a reference of its own, which the reader gives back or frees; others are held by the
    /// node above them.
    func placed(by task: UnsafePointer<redisReadTask>) -> UnsafeMutableRawPointer {
        guard let parent = task.pointee.parent?.pointee.obj else { return Unmanaged.passRetained(self).toOpaque() }
        // Elements come in their order.
        Unmanaged<ReplyNode>.fromOpaque(parent).takeUnretainedValue().elements.append(self)
        return Unmanaged.passUnretained(self).toOpaque()
    }
}
