import Glibc
import Sandbox
import Testing

/// A running `sandbox-probe`. Killed and reaped when the test lets go of it.
struct Probe {
    let process: ChildProcess
    let socket: MessageSocket

    /// Starts one; its arguments are explained in the probe's `main.swift`.
    init(_ errand: String, layers: String = "-", argument: String = "-", memory: SharedMemory? = nil) throws {
        let (ours, theirs) = try MessageSocket.pair()
        var descriptors: [CInt: CInt] = [3: theirs.descriptor]
        descriptors[4] = memory?.descriptor
        process = try ChildProcess.spawn(
            executable: Self.path,
            arguments: [errand, "\(getpid())", layers, argument],
            // Swift's runtime would install handlers for crashes otherwise.
            environment: ["SWIFT_BACKTRACE": "enable=no"],
            descriptors: descriptors
        )
        socket = ours
    }

    /// The next line that it says; fails the test after a generous while.
    func line() throws -> String {
        let message = try socket.receive(until: ContinuousClock.now + .seconds(30))
        return String(decoding: try #require(message), as: UTF8.self)
    }

    /// Beside the test bundle, where the build puts all products.
    static let path: String = {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { buffer in
            readlink("/proc/self/exe", buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        let own = String(decoding: buffer[..<max(count, 0)], as: UTF8.self)
        return own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/sandbox-probe"
    }()
}
