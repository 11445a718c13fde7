import Dispatch
import Glibc
import Sandbox

/// What a probe is sent to do.
struct Errand {
    let socket: MessageSocket
    let parent: CInt
    let argument: String

    func say(_ line: String) {
        do { try socket.send([UInt8](line.utf8)) } catch { _exit(65) }
    }

    /// What has to happen before the sandbox closes.
    func prepare(_ name: String) {
        switch name {
        case "early-thread": startEarlyThread(blocksSignals: false)
        case "deaf-thread": startEarlyThread(blocksSignals: true)
        default: break
        }
    }

    func run(_ name: String) {
        switch name {
        case "attempt": say("\(Attempt.named(String(argument.prefix { $0 != ":" }), parent: parent))")
        case "early-thread", "deaf-thread":
            allowEarlyThread.signal()
            while true { sleep(60) }
        case "threads": say(Workload.run() ? "done" : "wrong")
        case "spin": spin()
        case "abort": abort()
        case "echo": echo()
        case "stay": while true { sleep(60) }
        case "middle": spawnGrandchild()
        case "descriptors": say(descriptors())
        case "signals": say(signals())
        case "memory": writeMemory()
        case "capabilities": say(capabilities())
        default: exit(64)
        }
    }

    /// A thread from before the sandbox, which tries to open a file after it.
    private func startEarlyThread(blocksSignals: Bool) {
        var thread = pthread_t()
        earlyThreadBlocksSignals = blocksSignals
        pthread_create(
            &thread,
            nil,
            { _ in
                if earlyThreadBlocksSignals {
                    var all = sigset_t()
                    sigfillset(&all)
                    pthread_sigmask(SIG_BLOCK, &all, nil)
                }
                earlyThreadIsUp.signal()
                allowEarlyThread.wait()
                errand.say("\(Attempt.named("open-read", parent: errand.parent))")
                exit(0)
            },
            nil
        )
        earlyThreadIsUp.wait()
    }

    private func spin() -> Never {
        do throws(SystemError) { try ProcessLimits.allowCPU(seconds: 1) } catch { exit(66) }
        while true {}
    }

    private func echo() {
        do {
            while let message = try socket.receive() { try socket.send(message) }
        } catch { exit(67) }
        exit(7)
    }

    private func spawnGrandchild() {
        do {
            let (ours, theirs) = try MessageSocket.pair()
            let child = try ChildProcess.spawn(
                executable: CommandLine.arguments[0],
                arguments: ["stay", "\(getpid())", "parent-death", "-"],
                descriptors: [3: theirs.descriptor]
            )
            _ = try ours.receive()
            say("\(child.processID)")
            child.wait()
        } catch { exit(68) }
    }

    /// The sets that count, as the kernel prints them.
    private func capabilities() -> String {
        let descriptor = open("/proc/self/status", O_RDONLY)
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = read(descriptor, &bytes, bytes.count)
        close(descriptor)
        let lines = String(decoding: bytes[..<max(count, 0)], as: UTF8.self).split(separator: "\n")
        return lines.filter { ["CapInh", "CapPrm", "CapEff", "CapAmb"].contains($0.prefix(6)) }
            .map { $0.filter { !$0.isWhitespace } }.joined(separator: " ")
    }

    private func descriptors() -> String {
        (0..<1024).filter { fcntl($0, F_GETFD) >= 0 }.map { "\($0)" }.joined(separator: " ")
    }

    /// Signals that are blocked or not at their default action.
    private func signals() -> String {
        var blocked = sigset_t()
        pthread_sigmask(SIG_SETMASK, nil, &blocked)
        var odd: [String] = []
        for number in 1...CInt(31) {
            var action = sigaction()
            sigaction(number, nil, &action)
            let isDefault = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 0
            if sigismember(&blocked, number) == 1 || !isDefault { odd.append("\(number)") }
        }
        return odd.isEmpty ? "default" : odd.joined(separator: " ")
    }

    /// Changes what it is given and tries to cut it short.
    private func writeMemory() {
        do {
            let memory = try SharedMemory(adopting: 4)
            for index in memory.bytes.indices { memory.bytes[index] ^= 0xff }
            let cut = ftruncate(4, 0) == 0 ? 0 : errno
            let grown = ftruncate(4, off_t(memory.byteCount * 2)) == 0 ? 0 : errno
            say("\(memory.byteCount) \(cut) \(grown)")
        } catch { exit(69) }
    }
}

private let earlyThreadIsUp = DispatchSemaphore(value: 0)
private let allowEarlyThread = DispatchSemaphore(value: 0)
// Written before the one thread that reads it is started.
private nonisolated(unsafe) var earlyThreadBlocksSignals = false
