import CLinux
import Glibc

/// Which of many connections have something to receive. The cost is that of those which have, however many wait: a load that
/// looked at each of them would take from the cores what the service is measured by.
final class Arrivals {
    private let descriptor: CInt
    private var events = [epoll_event](repeating: epoll_event(), count: 256)

    init() throws {
        descriptor = epoll_create1(0)
        guard descriptor >= 0 else { throw Failure("no epoll, error \(errno)") }
    }

    deinit { close(descriptor) }

    /// - Parameter number: what it is called in ``wait(seconds:)``.
    func watch(_ connection: LoadConnection, as number: Int) throws {
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: UInt64(number)))
        guard epoll_ctl(descriptor, EPOLL_CTL_ADD, connection.descriptor, &event) == 0 else {
            throw Failure("no epoll for a connection, error \(errno)")
        }
    }

    /// Waits until something can be received, or so many seconds are over, to the microsecond.
    /// - Returns: the numbers of some that have something; empty where the time was over.
    func wait(seconds: Double) throws -> [Int] {
        let nanoseconds = Int(max(0, seconds) * 1e9)
        var time = timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
        let count = epoll_pwait2(descriptor, &events, CInt(events.count), &time, nil)
        guard count >= 0 || errno == EINTR else { throw Failure("waiting failed, error \(errno)") }
        return events.prefix(Int(max(0, count))).map { Int($0.data.u64) }
    }
}
