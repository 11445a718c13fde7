import CSandbox
import Glibc

/// The cage of a worker process that decodes pictures from strangers.
package enum Sandbox {
    /// What ``enter(parent:limits:files:layers:)`` exits with when the parent is gone already: EX_TEMPFAIL.
    package static let orphanExitCode: CInt = 75

    /// Shuts this process in, all of its threads, for good. Called once, when everything is open and loaded that will be
    /// needed (libvips started and warmed up: plugins, profiles, tables of codecs) and before the first byte of a stranger.
    ///
    /// A layer that this kernel or container doesn't offer is left out and reported: whether to work without it is for the
    /// caller to decide. Exits with ``orphanExitCode`` if `parent` isn't the parent (any more).
    ///
    /// Other threads may run meanwhile, but must not open files. Threads that block SIGSYS can't be reached by Landlock.
    /// - Parameters:
    ///   - parent: the process id of whoever spawned this one by ``ChildProcess``, as the parent itself gave it.
    ///   - files: what of files is left to the process; nothing, unless told otherwise.
    ///   - layers: all of them, except in tests and for an operator who has to leave one out.
    package static func enter(
        parent: CInt,
        limits: ProcessLimits,
        files: SandboxFiles = SandboxFiles(),
        layers: Set<SandboxLayer> = Set(SandboxLayer.allCases)
    ) -> SandboxReport {
        var report = SandboxReport(landlockABI: Landlock.version)
        var files = files
        // The order matters: what opens files comes before landlock, what opens descriptors before the limits (which
        // may be tight), and seccomp, which refuses all of these calls, comes last.
        for layer in SandboxLayer.allCases where layers.contains(layer) {
            // A filter of calls can't tell one path from another.
            if layer == .seccomp, !report.holds(.landlock) { files.readable = [] }
            report.note(layer, put(layer, parent: parent, limits: limits, files: files))
        }
        for layer in SandboxLayer.allCases where !layers.contains(layer) {
            report.note(layer, "switched off")
        }
        return report
    }

    /// What this kernel and container offer, without any change to this process. A layer can still fail in a worker.
    package static func available() -> SandboxReport {
        var report = SandboxReport(landlockABI: Landlock.version)
        for layer in SandboxLayer.allCases {
            switch layer {
            case .parentDeath, .noNewPrivileges, .noCapabilities, .limits, .notDumpable: report.note(layer, nil)
            case .oomScore: report.note(layer, access(oomScorePath, W_OK) == 0 ? nil : phrase(errno))
            case .landlock: report.note(layer, Landlock.absence)
            case .seccomp: report.note(layer, SyscallFilter.isAvailable ? nil : "the kernel offers no seccomp filters")
            }
        }
        return report
    }

    /// Puts one layer on; nil when it holds, or else why not.
    private static func put(
        _ layer: SandboxLayer, parent: CInt, limits: ProcessLimits, files: SandboxFiles
    ) -> String? {
        switch layer {
        case .parentDeath: return followParent(parent)
        case .oomScore: return raiseOOMScore()
        case .noNewPrivileges: return control(PR_SET_NO_NEW_PRIVS, 1)
        case .noCapabilities: return lookForCapabilities()
        case .landlock: return Landlock.restrictAllThreads(but: files.readable)
        case .limits:
            do throws(SystemError) { try limits.apply() } catch { return phrase(error.code) }
            return nil
        case .notDumpable:
            silenceCrashes()
            return control(PR_SET_DUMPABLE, 0)
        case .seccomp: return SyscallFilter(SyscallPolicy.worker(processID: getpid(), files: files)).load()
        }
    }

    private static func followParent(_ parent: pid_t) -> String? {
        let failure = control(PR_SET_PDEATHSIG, UInt(SIGKILL))
        // It may have ended before the signal was asked for, and then nobody would ever send it.
        if getppid() != parent { _exit(orphanExitCode) }
        return failure
    }

    /// Capabilities belong to threads, and there are many by now: they were taken from the one thread there was at the start,
    /// by ``SpawnThread``. This makes sure.
    private static func lookForCapabilities() -> String? {
        switch anysize_has_capabilities() {
        case 0: nil
        case 1: "it was started with capabilities"
        default: phrase(errno)
        }
    }

    /// Half of the scale above normal: before the service itself and its neighbours, though not before those who volunteer.
    private static func raiseOOMScore() -> String? {
        let descriptor = open(oomScorePath, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return phrase(errno) }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 16)
        let count = max(read(descriptor, &text, text.count), 0)
        let before = Int(String(decoding: text[..<count].prefix { $0 > 32 }, as: UTF8.self))
        // Kubernetes starts some pods at 1000, and going down takes a privilege.
        if let before, before >= 500 { return nil }
        return pwrite(descriptor, "500", 3, 0) == 3 ? nil : phrase(errno)
    }

    /// Undoes the handlers that Swift's runtime may have installed: they would start its backtracer, which nothing here
    /// allows, and a crash is to be over at once. Spawning with `SWIFT_BACKTRACE=enable=no` covers the time before.
    private static func silenceCrashes() {
        for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] { signal(number, SIG_DFL) }
    }

    private static func control(_ option: CInt, _ argument: UInt) -> String? {
        anysize_prctl(option, argument) == 0 ? nil : phrase(errno)
    }

    private static let oomScorePath = "/proc/self/oom_score_adj"
}

/// The system's words for an errno.
func phrase(_ code: CInt) -> String {
    String(cString: strerror(code))
}
