import CSandbox
import Glibc

/// Why a message was not sent or received.
package enum MessageError: Error, Equatable, Sendable {
    /// The deadline passed first. Nothing was sent or taken.
    case timedOut
    /// The other end is gone. Only when sending; a receiver gets nil.
    case closed
    /// Longer than ``MessageSocket/byteCountMax``. A message received like that is lost, and its sender not to be trusted.
    case tooLong(byteCount: Int)
    /// Anything else, by errno.
    case system(SystemError)
}

/// One end of a pair of sockets between two processes. Messages arrive whole, in order, or not at all.
///
/// Its calls block their thread. Any thread may call, several at a time too: the kernel keeps messages apart, and the
/// descriptor is closed only when the last reference is gone.
package final class MessageSocket: Sendable {
    /// The longest message. The kernel's own limit is its send buffer, above 100 KiB everywhere.
    package static let byteCountMax = 65_536

    /// The descriptor, open as long as this object is. Close-on-exec; to be passed to ``ChildProcess``.
    package let descriptor: CInt

    /// Owns the descriptor of a SOCK_SEQPACKET socket from now on.
    package init(adopting descriptor: CInt) {
        self.descriptor = descriptor
        _ = anysize_close_on_exec(descriptor)
    }

    deinit { close(descriptor) }

    /// Two ends connected to one another. Let go of the child's end once it is spawned, or its end won't be noticed.
    package static func pair() throws(SystemError) -> (MessageSocket, MessageSocket) {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_SEQPACKET.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SystemError(call: "socketpair", code: errno) }
        return (MessageSocket(adopting: ends[0]), MessageSocket(adopting: ends[1]))
    }

    /// Sends one message, waiting until `deadline` (nil: for as long as it takes) for the other end to make room by
    /// reading. Not empty: a receiver couldn't tell it from the end.
    package func send(_ message: [UInt8], until deadline: ContinuousClock.Instant? = nil) throws(MessageError) {
        precondition(!message.isEmpty, "a message has at least one byte")
        guard message.count <= Self.byteCountMax else { throw .tooLong(byteCount: message.count) }
        let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
        while true {
            let sent = message.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
            if sent >= 0 { return }
            switch errno {
            case EINTR: continue
            case EAGAIN: try wait(for: POLLOUT, until: deadline)
            case EPIPE, ECONNRESET: throw .closed
            case let code: throw .system(SystemError(call: "send", code: code))
            }
        }
    }

    /// The next message, waiting for it until `deadline` (nil: for as long as it takes); or nil when the other end is
    /// gone and all that it sent has been received.
    package func receive(until deadline: ContinuousClock.Instant? = nil) throws(MessageError) -> [UInt8]? {
        while true {
            switch take() {
            case .success(let message): return message
            case .failure(EINTR): continue
            case .failure(EAGAIN): try wait(for: POLLIN, until: deadline)
            // The other end went with messages of ours unread.
            case .failure(ECONNRESET): return nil
            case .failure(EMSGSIZE): throw .tooLong(byteCount: Self.byteCountMax + 1)
            case .failure(let code): throw .system(SystemError(call: "recv", code: code))
            }
        }
    }

    /// What there is right now; EAGAIN where there is nothing.
    private func take() -> Taken {
        withUnsafeTemporaryAllocation(byteCount: Self.byteCountMax, alignment: 16) { space in
            // MSG_TRUNC makes the result the message's true length, so that a cut one is recognised.
            let flags = CInt(MSG_TRUNC) | CInt(MSG_DONTWAIT)
            let count = recv(descriptor, space.baseAddress, space.count, flags)
            if count < 0 { return .failure(errno) }
            if count == 0 { return .success(nil) }
            if count > space.count { return .failure(EMSGSIZE) }
            return .success([UInt8](UnsafeRawBufferPointer(rebasing: space[..<count])))
        }
    }

    private enum Taken {
        case success([UInt8]?)
        case failure(CInt)
    }
}
