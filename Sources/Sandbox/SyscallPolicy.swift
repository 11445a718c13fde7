import CSandbox
import Glibc

/// The system calls that a worker may make after its start.
///
/// Seen in use by strace (libvips 8.14, GLib 2.74, glibc 2.36; JPEG, PNG, WebP, GIF, AVIF and HEIC decoded, resized and
/// encoded): futex, mmap, munmap, mprotect, madvise, brk, write, clone, set_robust_list, rseq, prctl, rt_sigprocmask,
/// sched_getaffinity, getpid, clock_nanosleep, exit and exit_group. The others are what the same libraries do on other
/// machines, when they are busy, or when they fail.
///
/// Seen refused, and lived with:
/// - `openat` of the processor lists (once, when an encoder first counts processors), `/dev/urandom` and the time zone
///   (for messages of libvips' log), `ioctl` TCGETS (is the log a terminal?);
/// - `newfstatat`, which is `fstat` in this C library, but with a path in it tells whether that exists;
/// - `get_mempolicy`, `set_mempolicy`, `sched_setaffinity`, `getpriority`: x265, when it encodes HEIC. Each costs a line in
///   the log; AVIF's encoders don't ask.
///
/// Not lived with: libvips decodes what it must have as a whole and what is above VIPS_DISC_THRESHOLD (100 MB) to a file
/// in the temporary folder. Workers are started with that set beyond any picture they take.
///
/// Left out on purpose is all that makes a descriptor, a process or a connection, or that reaches into other processes.
enum SyscallPolicy {
    /// The rules for a process with that id, the most frequent calls first.
    /// - Parameter files: with any that are readable, opening to read is allowed. Which ones is beyond a filter: that is Landlock's.
    static func worker(processID: pid_t, files: SandboxFiles = SandboxFiles()) -> [SyscallRule] {
        plain.map { SyscallRule(number: $0) } + conditional(processID) + (files.pretendsAll ? [pretence] : [])
            + (files.readable.isEmpty ? [] : [opening])
    }

    /// The kernel answers that all is well, and looks at nothing.
    private static let pretence = SyscallRule(number: ANYSIZE_NR_access, code: 0)

    /// By a path and not beneath an open folder; without any flag but the two that change nothing: none that writes, makes, cuts, or opens
    /// a mere place (O_PATH), which Landlock has no word on.
    private static let opening = SyscallRule(
        number: ANYSIZE_NR_openat,
        conditions: [
            .word(argument: 0, equals: UInt32(bitPattern: AT_FDCWD)),
            .word(argument: 2, mask: ~UInt32(O_CLOEXEC | O_NOCTTY), equals: UInt32(O_RDONLY)),
        ]
    )

    /// Allowed with any arguments.
    private static let plain = [
        // Locks and memory. `mprotect` is how an allocator's arena and a thread's stack grow. Executable memory can't be
        // refused: libvips' vector code (orc) is compiled when a size of kernel is first met. Its first 64 KiB come from a
        // file in $HOME or /tmp during the warm-up, later ones from memory that is writable and executable at once.
        ANYSIZE_NR_futex, ANYSIZE_NR_madvise, ANYSIZE_NR_mmap, ANYSIZE_NR_munmap, ANYSIZE_NR_mprotect,
        ANYSIZE_NR_mremap, ANYSIZE_NR_brk, ANYSIZE_NR_membarrier,
        // Descriptors that are open already: the socket, the shared memories, the log.
        ANYSIZE_NR_recvfrom, ANYSIZE_NR_sendto, ANYSIZE_NR_poll, ANYSIZE_NR_ppoll, ANYSIZE_NR_read,
        ANYSIZE_NR_write, ANYSIZE_NR_readv, ANYSIZE_NR_writev, ANYSIZE_NR_lseek,
        ANYSIZE_NR_fstat, ANYSIZE_NR_close,
        // Dispatch, which Swift's tasks run on, waits so on a descriptor that it has since the start. Refused, it asks again at
        // once, for ever, and a helper that does nothing takes a whole core.
        ANYSIZE_NR_epoll_wait, ANYSIZE_NR_epoll_pwait,
        // Threads, once `clone` has let them start.
        ANYSIZE_NR_set_robust_list, ANYSIZE_NR_rseq, ANYSIZE_NR_set_tid_address, ANYSIZE_NR_gettid,
        ANYSIZE_NR_sched_yield, ANYSIZE_NR_sched_getaffinity, ANYSIZE_NR_exit,
        // Time. Mostly answered without a system call, except where the machine's clock source is slow.
        ANYSIZE_NR_clock_gettime, ANYSIZE_NR_clock_getres, ANYSIZE_NR_gettimeofday, ANYSIZE_NR_clock_nanosleep,
        ANYSIZE_NR_nanosleep,
        // Signals to itself: `abort` has to work, and libpng's and libjpeg's long jumps restore the mask.
        ANYSIZE_NR_rt_sigprocmask, ANYSIZE_NR_rt_sigaction, ANYSIZE_NR_rt_sigreturn, ANYSIZE_NR_sigaltstack,
        ANYSIZE_NR_restart_syscall,
        // Questions about itself and the machine; encoders size their thread pools and buffers by them.
        ANYSIZE_NR_getpid, ANYSIZE_NR_getppid, ANYSIZE_NR_getrandom, ANYSIZE_NR_getrusage, ANYSIZE_NR_sysinfo,
        ANYSIZE_NR_uname,
        // The end.
        ANYSIZE_NR_exit_group,
    ]

    /// Allowed with these arguments only.
    private static func conditional(_ processID: pid_t) -> [SyscallRule] {
        [
            // Threads but no processes, and none of the flags CLONE_NEW..., which make namespaces.
            SyscallRule(
                number: ANYSIZE_NR_clone,
                conditions: [.word(argument: 0, mask: cloneThread | cloneNamespaces, equals: cloneThread)]
            ),
            // Its flags are behind a pointer, where a filter can't look. Told that there is no such call, the C library
            // takes `clone`.
            SyscallRule(number: ANYSIZE_NR_clone3, code: ENOSYS),
            // `abort` and `pthread_kill`.
            SyscallRule(
                number: ANYSIZE_NR_tgkill,
                conditions: [.word(argument: 0, equals: UInt32(processID))]
            ),
            // GLib and x265 name their threads.
            SyscallRule(
                number: ANYSIZE_NR_prctl,
                conditions: [.word(argument: 0, equals: UInt32(PR_SET_NAME))]
            ),
            // Each job's own limit of processor time; to ask for any limit (stack sizes); both of this process only.
            SyscallRule(
                number: ANYSIZE_NR_prlimit64,
                conditions: [
                    .word(argument: 0, equals: 0), .word(argument: 1, equals: UInt32(ANYSIZE_LIMIT_CPU)),
                ]
            ),
            SyscallRule(
                number: ANYSIZE_NR_prlimit64,
                conditions: [.word(argument: 0, equals: 0), .null(argument: 2)]
            ),
            // A thread's own niceness (PRIO_PROCESS, 0).
            SyscallRule(
                number: ANYSIZE_NR_setpriority,
                conditions: [.word(argument: 0, equals: 0), .word(argument: 1, equals: 0)]
            ),
        ]
    }

    private static let cloneThread = UInt32(ANYSIZE_CLONE_THREAD)
    private static let cloneNamespaces = UInt32(ANYSIZE_CLONE_NAMESPACES)
}
