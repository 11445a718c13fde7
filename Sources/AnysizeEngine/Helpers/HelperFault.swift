import AnysizeCore
import Sandbox

#if canImport(Glibc)
    import Glibc
#endif

/// Why a helper didn't answer. It is gone in every case.
enum HelperFault: Error {
    /// It didn't come up.
    case start(cause: String)
    /// Killed from outside: by an operator, or by the kernel where the machine ran out of memory. Or gone before it had the job.
    case killed
    /// It had a job and used no processor time: stopped from outside, or in wait for something that never comes.
    case stalled
    case crashed(cause: String)
    case outOfMemory
    /// It used more processor time than a job may.
    case timedOut
    /// It didn't stop at its deadline, and was killed.
    case late
    case cancelled

    /// What the end of a process that had a job means.
    init(_ ending: ProcessEnding) {
        switch ending {
        case .signaled(SIGKILL): self = .killed
        case .signaled(SIGXCPU): self = .timedOut
        // GLib ends a process that way where an allocation fails.
        case .signaled(SIGTRAP): self = .outOfMemory
        case .signaled(let signal): self = .crashed(cause: "signal \(signal)")
        // It had taken its leave after the job before, as one does that can't draw letters any more.
        case .exited(0): self = .killed
        case .exited(let code): self = .crashed(cause: "exit code \(code)")
        }
    }
}
