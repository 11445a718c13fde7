import Glibc
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(2))) struct ChildProcessTests {
    @Test func aChildSeesItsOwnDescriptorsAndNoOthers() throws {
        let memory = try SharedMemory(byteCount: 1)
        #expect(try Probe("descriptors").line() == "0 1 2 3")
        #expect(try Probe("descriptors", memory: memory).line() == "0 1 2 3 4")
    }

    @Test func descriptorsMayTradePlaces() throws {
        // Two of ours whose numbers are each other's targets, and one that is its own.
        let (first, firstPeer) = try MessageSocket.pair()
        let (second, secondPeer) = try MessageSocket.pair()
        let child = try ChildProcess.spawn(
            executable: Probe.path,
            arguments: ["descriptors", "1", "-", "-"],
            descriptors: [
                3: first.descriptor, first.descriptor: second.descriptor, second.descriptor: first.descriptor,
                secondPeer.descriptor: secondPeer.descriptor,
            ]
        )
        let numbers = [0, 1, 2, 3, first.descriptor, second.descriptor, secondPeer.descriptor]
        let line = try #require(try firstPeer.receive(until: ContinuousClock.now + .seconds(30)))
        #expect(String(decoding: line, as: UTF8.self) == Set(numbers).sorted().map { "\($0)" }.joined(separator: " "))
        #expect(child.wait() == .exited(code: 0))
    }

    @Test func aChildStartsWithDefaultSignals() throws {
        let before = signal(SIGUSR2, SIG_IGN)
        defer { signal(SIGUSR2, before) }
        let line = try Probe("signals").line()
        #expect(line == "default")
    }

    @Test func aProgramThatIsNotThereIsAnError() {
        #expect(throws: SystemError(call: "posix_spawn", code: ENOENT)) {
            try ChildProcess.spawn(executable: "/no/such/program", arguments: [])
        }
    }

    @Test func aDescriptorThatIsNotOpenIsAnError() {
        #expect(throws: SystemError(call: "fcntl", code: EBADF)) {
            try ChildProcess.spawn(executable: "/bin/true", arguments: [], descriptors: [3: 999_999])
        }
    }

    @Test func howAChildEndedCanBeAskedAgainAndAgain() throws {
        let child = try ChildProcess.spawn(executable: "/bin/sh", arguments: ["-c", "exit 5"])
        for _ in 0..<3 { #expect(child.wait() == .exited(code: 5)) }
        #expect(child.tryWait() == .exited(code: 5))
        child.kill()
    }

    @Test func aRunningChildHasNotEnded() throws {
        let child = try ChildProcess.spawn(executable: "/bin/sleep", arguments: ["60"])
        #expect(child.tryWait() == nil)
        child.kill()
        #expect(child.wait() == .signaled(SIGKILL))
    }

    @Test func manyMayWaitForTheSameChild() async throws {
        let child = try ChildProcess.spawn(executable: "/bin/sleep", arguments: ["0.2"])
        await withTaskGroup(of: ProcessEnding.self) { group in
            for _ in 0..<4 { group.addTask { @concurrent in child.wait() } }
            for await ending in group { #expect(ending == .exited(code: 0)) }
        }
    }

    @Test func aChildThatIsLetGoOfIsKilledAndReaped() throws {
        let processID = try ChildProcess.spawn(executable: "/bin/sleep", arguments: ["60"]).processID
        #expect(kill(processID, 0) != 0)
    }

    @Test func theEnvironmentIsTheGivenOneOnly() throws {
        let script = "test \"$GIVEN\" = 'a b' && test -z \"$HOME\""
        let child = try ChildProcess.spawn(
            executable: "/bin/sh", arguments: ["-c", script], environment: ["GIVEN": "a b"])
        #expect(child.wait() == .exited(code: 0))
    }
}
