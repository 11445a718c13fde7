import NIOCore
import Synchronization

/// Whether a server answers at all, as all connections of a client see it together.
///
/// A server that is stopped keeps its connections. The first who waits in vain for a moment tells all others, who then don't wait any
/// more; whatever the server says next ends that.
final class ServerPulse: Sendable {
    private let stalled = Atomic(false)

    /// Longest silence of a server that owes a reply, and what is added to it for each byte on the way there.
    private static let silence = TimeAmount.milliseconds(40)
    private static let nanosecondsPerByte = 50
    /// Those who have more time than this left aren't concerned.
    static let impatience = TimeAmount.milliseconds(500)

    static func isImpatient(_ deadline: NIODeadline, now: NIODeadline) -> Bool { deadline - now < impatience }

    var isStalled: Bool { stalled.load(ordering: .relaxed) }

    func heard() {
        if isStalled { stalled.store(false, ordering: .relaxed) }
    }

    /// - Parameters:
    ///   - since: when it last said something, or was asked by somebody who still waits, whichever is later.
    ///   - byteCount: of the commands that are under way.
    /// - Returns: whether it counts as stalled.
    func check(silentSince since: NIODeadline, byteCount: Int, now: NIODeadline) -> Bool {
        if now - since > Self.silence + .nanoseconds(Int64(byteCount * Self.nanosecondsPerByte)) {
            stalled.store(true, ordering: .relaxed)
        }
        return isStalled
    }
}
