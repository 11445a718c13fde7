// The numbers of the system calls that a worker may make, under names that Swift can import on every architecture: the
// kernel's own macros go through other macros on some.
#ifndef ANYSIZE_SANDBOX_SYSCALLS_H
#define ANYSIZE_SANDBOX_SYSCALLS_H

#include <sys/syscall.h>

enum {
    ANYSIZE_NR_read = __NR_read,
    ANYSIZE_NR_write = __NR_write,
    ANYSIZE_NR_readv = __NR_readv,
    ANYSIZE_NR_writev = __NR_writev,
    ANYSIZE_NR_sendto = __NR_sendto,
    ANYSIZE_NR_recvfrom = __NR_recvfrom,
#ifdef __NR_poll
    ANYSIZE_NR_poll = __NR_poll,
#else
    // Where there is only ppoll, ppoll it is.
    ANYSIZE_NR_poll = __NR_ppoll,
#endif
    ANYSIZE_NR_ppoll = __NR_ppoll,
#ifdef __NR_epoll_wait
    ANYSIZE_NR_epoll_wait = __NR_epoll_wait,
#else
    ANYSIZE_NR_epoll_wait = __NR_epoll_pwait,
#endif
    ANYSIZE_NR_epoll_pwait = __NR_epoll_pwait,
    ANYSIZE_NR_lseek = __NR_lseek,
    ANYSIZE_NR_close = __NR_close,
    ANYSIZE_NR_fstat = __NR_fstat,
    ANYSIZE_NR_mmap = __NR_mmap,
    ANYSIZE_NR_munmap = __NR_munmap,
    ANYSIZE_NR_mprotect = __NR_mprotect,
    ANYSIZE_NR_mremap = __NR_mremap,
    ANYSIZE_NR_madvise = __NR_madvise,
    ANYSIZE_NR_brk = __NR_brk,
    ANYSIZE_NR_futex = __NR_futex,
    ANYSIZE_NR_clone = __NR_clone,
    ANYSIZE_NR_clone3 = __NR_clone3,
    ANYSIZE_NR_set_robust_list = __NR_set_robust_list,
    ANYSIZE_NR_rseq = __NR_rseq,
    ANYSIZE_NR_exit = __NR_exit,
    ANYSIZE_NR_exit_group = __NR_exit_group,
    ANYSIZE_NR_sched_yield = __NR_sched_yield,
    ANYSIZE_NR_sched_getaffinity = __NR_sched_getaffinity,
    ANYSIZE_NR_gettid = __NR_gettid,
    ANYSIZE_NR_getpid = __NR_getpid,
    ANYSIZE_NR_getppid = __NR_getppid,
    ANYSIZE_NR_set_tid_address = __NR_set_tid_address,
    ANYSIZE_NR_tgkill = __NR_tgkill,
    ANYSIZE_NR_prctl = __NR_prctl,
    ANYSIZE_NR_rt_sigaction = __NR_rt_sigaction,
    ANYSIZE_NR_rt_sigprocmask = __NR_rt_sigprocmask,
    ANYSIZE_NR_rt_sigreturn = __NR_rt_sigreturn,
    ANYSIZE_NR_sigaltstack = __NR_sigaltstack,
    ANYSIZE_NR_clock_gettime = __NR_clock_gettime,
    ANYSIZE_NR_clock_nanosleep = __NR_clock_nanosleep,
    ANYSIZE_NR_nanosleep = __NR_nanosleep,
    ANYSIZE_NR_gettimeofday = __NR_gettimeofday,
    ANYSIZE_NR_clock_getres = __NR_clock_getres,
    ANYSIZE_NR_getrandom = __NR_getrandom,
    ANYSIZE_NR_getrusage = __NR_getrusage,
    ANYSIZE_NR_prlimit64 = __NR_prlimit64,
    ANYSIZE_NR_sysinfo = __NR_sysinfo,
    ANYSIZE_NR_uname = __NR_uname,
    ANYSIZE_NR_restart_syscall = __NR_restart_syscall,
    ANYSIZE_NR_membarrier = __NR_membarrier,
    ANYSIZE_NR_setpriority = __NR_setpriority,
    ANYSIZE_NR_openat = __NR_openat,
#ifdef __NR_access
    ANYSIZE_NR_access = __NR_access,
#else
    ANYSIZE_NR_access = __NR_faccessat,
#endif
};

#endif
