import CSandbox
import Glibc

/// Runs a program as a kernel without Landlock would: there seems to be no such system call.
enum OlderKernel {
    /// Never returns.
    /// - Parameter words: a program's path and its arguments.
    static func execute(_ words: [String]) -> Never {
        let program = [
            sock_filter(code: UInt16(BPF_LD | BPF_W | BPF_ABS), jt: 0, jf: 0, k: 0),  // the call's number
            sock_filter(code: UInt16(BPF_JMP | BPF_JEQ | BPF_K), jt: 0, jf: 1, k: UInt32(ANYSIZE_LANDLOCK_CREATE)),
            sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: UInt32(SECCOMP_RET_ERRNO) | UInt32(ENOSYS)),
            sock_filter(code: UInt16(BPF_RET | BPF_K), jt: 0, jf: 0, k: UInt32(SECCOMP_RET_ALLOW)),
        ]
        guard let path = words.first, anysize_prctl(PR_SET_NO_NEW_PRIVS, 1) == 0,
            anysize_filter_load(program, UInt16(program.count)) == 0
        else { exit(69) }
        var list = words.map { strdup($0) } + [nil]
        execv(path, &list)
        exit(127)
    }
}
