import CSandbox
import Glibc

extension ChildProcess {
    /// Starts a program.
    ///
    /// It sees the given descriptors under the chosen numbers, an empty standard input, a standard output that goes
    /// nowhere, our standard error, and no other descriptor. Its signals are all at their defaults and none is blocked;
    /// it is a process group of its own, so that a terminal's Ctrl-C reaches us alone and we decide when it goes.
    ///
    /// Blocks until the program runs, a few milliseconds.
    /// - Parameters:
    ///   - executable: a path; not looked up.
    ///   - arguments: those after the program's name, which is the path.
    ///   - environment: all of it; ours is not inherited. `SWIFT_BACKTRACE=enable=no` keeps a program of ours from handling
    ///     crashes.
    ///   - descriptors: child's number (3 or above) to ours, which stay open here.
    /// - Throws: what failed, also that there is no such program or that it may not be run.
    package static func spawn(
        executable: String,
        arguments: [String],
        environment: [String: String] = [:],
        descriptors: [CInt: CInt] = [:]
    ) throws(SystemError) -> ChildProcess {
        precondition(descriptors.keys.allSatisfy { $0 > 2 }, "0, 1 and 2 are set up by spawn itself")
        let processID = try SpawnThread.shared.run {
            do throws(SystemError) {
                let plan = try SpawnPlan(descriptors: descriptors)
                return .success(try plan.run(executable, arguments, environment))
            } catch {
                return .failure(error)
            }
        }
        return ChildProcess(processID: processID)
    }
}

/// What is to be done in the new process before the program starts, and the descriptors needed for that.
private struct SpawnPlan: ~Copyable {
    private var actions = posix_spawn_file_actions_t()
    private var attributes = posix_spawnattr_t()
    private var copies: [CInt] = []

    init(descriptors: [CInt: CInt]) throws(SystemError) {
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        let last = descriptors.keys.max() ?? 2
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        for number in 3..<max(last + 1, 3) {
            guard let source = descriptors[number] else {
                // One that isn't open is no error to posix_spawn.
                posix_spawn_file_actions_addclose(&actions, number)
                continue
            }
            // From a copy above all targets: a source may be the number of another target, or its own target, and then
            // dup2 would overwrite it or leave it close-on-exec.
            let copy = anysize_duplicate(source, last + 1)
            guard copy >= 0 else { throw SystemError(call: "fcntl", code: errno) }
            copies.append(copy)
            posix_spawn_file_actions_adddup2(&actions, copy, number)
        }
        anysize_spawn_close_from(&actions, last + 1)
        setSignals()
    }

    deinit {
        var (actions, attributes) = (actions, attributes)
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        for copy in copies { close(copy) }
    }

    private mutating func setSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = CInt(POSIX_SPAWN_SETSIGMASK) | CInt(POSIX_SPAWN_SETSIGDEF) | CInt(POSIX_SPAWN_SETPGROUP)
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }

    /// Starts the program and returns its process id.
    consuming func run(
        _ executable: String,
        _ arguments: [String],
        _ environment: [String: String]
    ) throws(SystemError) -> pid_t {
        var processID: pid_t = -1
        let words = CStrings([executable] + arguments)
        let settings = CStrings(environment.map { "\($0.key)=\($0.value)" })
        let code = posix_spawn(&processID, executable, &actions, &attributes, words.list, settings.list)
        guard code == 0 else { throw SystemError(call: "posix_spawn", code: code) }
        return processID
    }
}

/// A NULL-terminated list of C strings.
private struct CStrings: ~Copyable {
    let list: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [String]) { list = strings.map { strdup($0) } + [nil] }

    deinit { for string in list { free(string) } }
}
