import NIOCore

/// Commands on their way, in the order in which their replies come. Without effects: its owner calls what it is given back.
struct CommandQueue {
    typealias Completion = @Sendable (Result<Reply, RedisError>) -> Void

    private struct Waiting {
        let deadline: NIODeadline
        let sent: NIODeadline
        let byteCount: Int
        /// Nil once the caller has been told that time is up; the reply is still to come.
        var complete: Completion?
    }

    private var waiting: CircularBuffer<Waiting> = []
    private(set) var byteCount = 0

    /// More commands than a server that is well leaves waiting.
    static let countMax = 4096
    static let byteCountMax = 64 << 20
    /// A server that owes a reply for so long is taken for dead, and its connection closed.
    static let silence = TimeAmount.milliseconds(250)

    var isEmpty: Bool { waiting.isEmpty }
    var count: Int { waiting.count }
    /// When the command was sent whose reply comes next.
    var firstSent: NIODeadline? { waiting.first?.sent }

    /// - Returns: whether there is room for it.
    mutating func append(
        byteCount: Int, deadline: NIODeadline, now: NIODeadline, complete: @escaping Completion
    ) -> Bool {
        guard waiting.count < Self.countMax, self.byteCount + byteCount <= Self.byteCountMax else { return false }
        waiting.append(Waiting(deadline: deadline, sent: now, byteCount: byteCount, complete: complete))
        self.byteCount += byteCount
        return true
    }

    /// What the next reply is for.
    enum Next {
        case caller(Completion)
        /// Its caller is gone.
        case nobody
        /// No command is left that it could be the reply to.
        case unasked
    }

    mutating func next() -> Next {
        guard let first = waiting.popFirst() else { return .unasked }
        byteCount -= first.byteCount
        return first.complete.map { .caller($0) } ?? .nobody
    }

    /// Those whose time is up.
    mutating func expire(now: NIODeadline) -> [Completion] {
        var expired: [Completion] = []
        for index in waiting.indices where waiting[index].deadline <= now {
            guard let complete = waiting[index].complete else { continue }
            waiting[index].complete = nil
            expired.append(complete)
        }
        return expired
    }

    /// Whether the reply that comes next is overdue by far. A command that was given more time gets it.
    func isSilent(now: NIODeadline) -> Bool {
        guard let first = waiting.first else { return false }
        return now >= max(first.sent + Self.silence, first.deadline)
    }

    /// Everybody, when the connection ends.
    mutating func removeAll() -> [Completion] {
        defer {
            waiting.removeAll()
            byteCount = 0
        }
        return waiting.compactMap(\.complete)
    }
}
