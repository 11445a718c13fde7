import Foundation
import Glibc
import Sandbox
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct ParentDeathTests {
    @Test func aWorkerDiesWithItsParent() throws {
        let middle = try Probe("middle")
        let grandchild = try #require(pid_t(try middle.line()))
        defer { kill(grandchild, SIGKILL) }
        #expect(isRunning(grandchild))
        middle.process.kill()
        #expect(middle.process.wait() == .signaled(SIGKILL))
        let deadline = ContinuousClock.now + .seconds(20)
        while isRunning(grandchild), ContinuousClock.now < deadline { usleep(5000) }
        #expect(!isRunning(grandchild))
    }

    @Test func aWorkerOutlivesTheThreadThatAskedForIt() async throws {
        let (ready, report) = AsyncStream.makeStream(of: Result<Probe, any Error>.self)
        Thread { report.yield(Result { try Probe("echo", layers: "all") }) }.start()
        var waiting = ready.makeAsyncIterator()
        let probe = try #require(await waiting.next()).get()
        #expect(try probe.line() == "entered")
        // The thread has nothing left to do; give the system time to end it.
        try await Task.sleep(for: .milliseconds(200))
        try probe.socket.send([1])
        #expect(try probe.line() == "\u{1}")
    }

    @Test func aWorkerWhoseParentIsAnotherExitsAtOnce() throws {
        let (ours, theirs) = try MessageSocket.pair()
        let child = try ChildProcess.spawn(
            executable: Probe.path,
            arguments: ["echo", "1", "all", "-"],
            descriptors: [3: theirs.descriptor]
        )
        #expect(child.wait() == .exited(code: Sandbox.orphanExitCode))
        withExtendedLifetime(ours) {}
    }

    /// Whether it is there and not merely waiting to be reaped, which may take for ever in a container without an init.
    private func isRunning(_ processID: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8) else { return false }
        return status.split(separator: ")").last?.dropFirst().first != "Z"
    }
}
