import AnysizeCore
import NIOCore
import Sandbox
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// One helper as the service sees it: a process, a socket to it, and two pieces of memory shared with it.
///
/// Its calls block. One job at a time: whoever has taken it from the pool is alone with it.
final class HelperProcess: Sendable {
    private let process: ChildProcess
    private let socket: MessageSocket
    private let input: SharedMemory
    let output: SharedMemory
    /// Which layers of the sandbox hold.
    let report: SandboxReport
    private let worn = Atomic(false)

    /// Input that stays in memory between jobs; what a larger original needed is given back.
    private static let inputKeptByteCount = 8_000_000
    private static let outputKeptByteCount = 24_000_000
    /// From the start to the first message.
    private static let startSeconds = 10.0
    /// Between the moment a helper should have given up by itself and its end.
    private static let graceSeconds = 0.25
    /// With a job and without any processor time, which even a busy machine gives everybody.
    private static let stallSeconds = 2.0

    /// Starts a helper, and waits until it is ready.
    init(_ configuration: HelperPool.Configuration) throws(HelperFault) {
        do {
            input = try SharedMemory(byteCount: configuration.inputMemoryByteCount)
            output = try SharedMemory(byteCount: configuration.outputByteCountMax + HelperControl.byteCount)
            let (own, other) = try MessageSocket.pair()
            socket = own
            let options = HelperOptions(
                parent: ProcessInfo.processInfo.processIdentifier,
                memoryByteCountMax: configuration.memoryByteCountMax, extraFormats: configuration.extraFormats
            )
            process = try ChildProcess.spawn(
                executable: configuration.executable, arguments: options.arguments,
                environment: [
                    "SWIFT_BACKTRACE": "enable=no", "VIPS_WARNING": "0",
                    // Pixels stay in memory, whose size is limited: there is no disk where they could go.
                    "VIPS_DISC_THRESHOLD": "64g",
                ],
                descriptors: [
                    HelperMain.socket: other.descriptor, HelperMain.input: input.descriptor,
                    HelperMain.output: output.descriptor,
                ]
            )
        } catch { throw .start(cause: "\(error)") }
        do {
            guard let message = try socket.receive(until: .now + .seconds(Self.startSeconds)) else {
                throw HelperFault.start(cause: "no first message")
            }
            let reply = try HelperCoding.decode(HelperReply.self, message)
            guard case .ready(let report) = reply else { throw HelperFault.start(cause: "it says \(reply)") }
            self.report = report
        } catch {
            process.kill()
            throw .start(cause: "\(error); it ended: \(process.wait())")
        }
    }

    /// Its process id.
    var processID: Int32 { process.processID }

    /// Whether it is better replaced: what failed through no fault of a picture may fail again.
    var isWorn: Bool { worn.load(ordering: .relaxed) }

    /// Whether it still runs. Doesn't block.
    var isAlive: Bool { process.tryWait() == nil }

    /// Sends one job and waits for its reply.
    /// - Parameters:
    ///   - overlay: bytes of the level that the job's overlay is read from; empty where there is none.
    ///   - seconds: after which the helper gives up, or is killed.
    ///   - processorSeconds: after which it is ended by the kernel.
    ///   - isCancelled: asked some times a second.
    /// - Throws: where there is no reply; the helper is gone then.
    func reply(
        to job: HelperRequest.Job, _ bytes: ByteBuffer, overlay: ByteBuffer = ByteBuffer(), limits: HeaderLimits,
        seconds: Double, processorSeconds: Int, isCancelled: () -> Bool
    ) throws(HelperFault) -> HelperReply {
        HelperControl.clear(output.bytes)
        bytes.withUnsafeReadableBytes { input.bytes.copyMemory(from: $0) }
        overlay.withUnsafeReadableBytes {
            UnsafeMutableRawBufferPointer(rebasing: input.bytes[bytes.readableBytes...]).copyMemory(from: $0)
        }
        let limit = ContinuousClock.now + .seconds(seconds + Self.graceSeconds)
        do {
            let request = HelperRequest(
                job: job, byteCount: bytes.readableBytes, overlayByteCount: overlay.readableBytes, limits: limits,
                seconds: seconds, processorSeconds: processorSeconds
            )
            try socket.send(HelperCoding.encode(request), until: limit)
        } catch { throw end(.lost) }
        var cancelledAt: ContinuousClock.Instant?
        var (used, usedAt) = (process.processorTime, ContinuousClock.now)
        while true {
            let message: [UInt8]?
            do throws(MessageError) { message = try socket.receive(until: min(limit, .now + .seconds(0.1))) } catch {
                guard error == .timedOut else { throw end(.lost) }
                message = []
            }
            guard let message else { throw end(.lost) }
            if !message.isEmpty {
                guard let reply = try? HelperCoding.decode(HelperReply.self, message) else { throw end(.confused) }
                if case .failed(.failed) = reply { worn.store(true, ordering: .relaxed) }
                return reply
            }
            if isCancelled(), cancelledAt == nil {
                cancelledAt = .now
                HelperControl.cancel(output.bytes)
            }
            if let cancelledAt, cancelledAt + .seconds(Self.graceSeconds) < .now { throw end(.cancelled) }
            if limit < .now { throw end(.timedOut) }
            if process.processorTime != used {
                (used, usedAt) = (process.processorTime, .now)
            } else if usedAt + .seconds(Self.stallSeconds) < .now {
                throw end(.stalled)
            }
        }
    }

    /// Gives memory back that only a large job needs.
    func tidy() {
        if input.byteCount > Self.inputKeptByteCount { try? input.release(from: Self.inputKeptByteCount) }
        if output.byteCount > Self.outputKeptByteCount { try? output.release(from: Self.outputKeptByteCount) }
    }

    /// Bytes of memory that are its own: not shared with us or mapped from files. 0 where the system doesn't say.
    var ownByteCount: Int {
        guard let text = try? String(contentsOfFile: "/proc/\(processID)/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").compactMap { Int($0) }
        return pages.count > 2 ? (pages[1] - pages[2]) * 4096 : 0
    }

    /// Ends it.
    func stop() {
        process.kill()
        process.wait()
    }

    /// Ends it, and says why there is no reply.
    private func end(_ reason: EndReason) -> HelperFault {
        // Ended by itself, or to be ended now; a kill after its end changes nothing.
        if reason != .lost { process.kill() }
        let ending = reason == .lost ? endingSoon() : process.wait()
        switch reason {
        case .cancelled: return .cancelled
        case .timedOut: return .late
        case .stalled: return .stalled
        case .confused: return .crashed(cause: "a reply that makes no sense")
        case .lost: return HelperFault(ending)
        }
    }

    /// A process whose socket is closed is about to end.
    private func endingSoon() -> ProcessEnding {
        let limit = ContinuousClock.now + .seconds(Self.graceSeconds)
        while ContinuousClock.now < limit {
            if let ending = process.tryWait() { return ending }
            usleep(500)
        }
        process.kill()
        _ = process.wait()
        return .exited(code: -1)
    }

    private enum EndReason { case cancelled, timedOut, stalled, confused, lost }
}
