// The system calls that Swift can't import: variadic ones, those without a C library function in Debian 12, and
// macros. What is allowed or refused is decided in Swift.
#ifndef ANYSIZE_SANDBOX_SHIM_H
#define ANYSIZE_SANDBOX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "landlock.h"
#include "syscalls.h"

/// An anonymous file of that size which can't become shorter or longer any more. Returns its descriptor (close-on-exec),
/// or -1 with errno set.
static inline int anysize_memory_file(const char *name, long byte_count) {
    // The last flag is MFD_NOEXEC_SEAL: some hosts demand it, kernels before 6.3 don't know it.
    int descriptor = (int) syscall(__NR_memfd_create, name, 1U | 2U | 8U);
    if (descriptor < 0 && errno == EINVAL) descriptor = (int) syscall(__NR_memfd_create, name, 1U | 2U);
    if (descriptor < 0) return -1;
    // F_ADD_SEALS, which fcntl.h has for GNU sources only: F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW.
    if (ftruncate(descriptor, byte_count) == 0 && fcntl(descriptor, 1033, 1 | 2 | 4) == 0) return descriptor;
    int code = errno;
    close(descriptor);
    errno = code;
    return -1;
}

/// The seals of a descriptor as F_GET_SEALS has them, or -1.
static inline int anysize_seals(int descriptor) {
    return fcntl(descriptor, 1034);
}

/// A second, close-on-exec descriptor of the same thing, numbered `lowest` or above; or -1 with errno set.
static inline int anysize_duplicate(int descriptor, int lowest) {
    return fcntl(descriptor, F_DUPFD_CLOEXEC, lowest);
}

/// Makes a descriptor close itself when the process executes another program. Returns 0, or -1 with errno set.
static inline int anysize_close_on_exec(int descriptor) {
    return fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

// For GNU sources only in spawn.h; since glibc 2.34.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int lowest);

/// Has a child close all descriptors from that number on. Returns 0 or the errno.
static inline int anysize_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

/// The kernel's number of the calling thread.
static inline int anysize_thread_id(void) {
    return (int) syscall(__NR_gettid);
}

/// The flag of clone(2) for a new thread, and those for new namespaces: time aside, which clone can't ask for.
enum {
    ANYSIZE_CLONE_THREAD = 0x00010000,
    ANYSIZE_CLONE_NAMESPACES = 0x7e020000,
};

/// How a child ended: how is 0 while it runs, 1 when it exited by itself with `value`, 2 when signal `value` ended it.
struct anysize_ending {
    int how;
    int value;
};

/// Looks at how a child ended without reaping it, waiting for its end where `waits` says so. Returns 0, or -1 with errno.
static inline int anysize_child_peek(int pid, int waits, struct anysize_ending *ending) {
    siginfo_t info;
    info.si_pid = 0;
    if (waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT | (waits ? 0 : WNOHANG)) != 0) return -1;
    ending->how = info.si_pid == 0 ? 0 : info.si_code == CLD_EXITED ? 1 : 2;
    ending->value = info.si_pid == 0 ? 0 : info.si_status;
    return 0;
}

/// Nanoseconds of processor time that all threads of a process have used so far, or -1 where there is no such process.
static inline long long anysize_processor_nanoseconds(int pid) {
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) return -1;
    return used.tv_sec * 1000000000LL + used.tv_nsec;
}

/// Gives up all capabilities of the calling thread, for good where no-new-privileges is on: then a program that it executes
/// gets none either, whoever owns that and whoever runs it. Returns 0, or -1 with errno set.
static inline int anysize_drop_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    return (int) syscall(__NR_capset, &header, none);
}

/// Whether the calling thread has any capability: 0 or 1, or -1 with errno set.
static inline int anysize_has_capabilities(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct held[2] = {{0, 0, 0}, {0, 0, 0}};
    if (syscall(__NR_capget, &header, held) != 0) return -1;
    return (held[0].permitted | held[1].permitted | held[0].inheritable | held[1].inheritable) != 0;
}

/// prctl with one argument; the others are zero, which newer options insist on.
static inline int anysize_prctl(int option, unsigned long argument) {
    return prctl(option, argument, 0UL, 0UL, 0UL);
}

/// setrlimit with the resource as a plain number. Returns 0, or -1 with errno set.
static inline int anysize_set_limit(int resource, rlim_t soft, rlim_t hard) {
    struct rlimit limit = {soft, hard};
    return setrlimit((__rlimit_resource_t) resource, &limit);
}

/// The hard limit of a resource, or 0 where it can't be told.
static inline rlim_t anysize_hard_limit(int resource) {
    struct rlimit limit = {0, 0};
    return getrlimit((__rlimit_resource_t) resource, &limit) == 0 ? limit.rlim_max : 0;
}

enum {
    ANYSIZE_LIMIT_ADDRESS_SPACE = RLIMIT_AS,
    ANYSIZE_LIMIT_CORE = RLIMIT_CORE,
    ANYSIZE_LIMIT_CPU = RLIMIT_CPU,
    ANYSIZE_LIMIT_FILE_SIZE = RLIMIT_FSIZE,
    ANYSIZE_LIMIT_OPEN_FILES = RLIMIT_NOFILE,
};

/// Microseconds of processor time that all threads of this process have used so far.
static inline long long anysize_cpu_microseconds(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/// Puts a seccomp filter on every thread of this process. Returns 0, the negative errno, or the id of a thread that has
/// a filter of its own and therefore can't take this one; then none has it.
static inline long anysize_filter_load(const struct sock_filter *program, unsigned short count) {
    struct sock_fprog filter = {count, (struct sock_filter *) program};
    long result = syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    return result < 0 ? -errno : result;
}

/// Whether the kernel's seccomp knows that action. Loads nothing.
static inline int anysize_filter_action_exists(unsigned action) {
    return syscall(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/// The architecture that the kernel reports for a system call made in the ordinary way.
#if defined(__x86_64__)
#define ANYSIZE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ANYSIZE_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the sandbox knows x86_64 and aarch64"
#endif

static inline unsigned anysize_architecture(void) {
    return ANYSIZE_ARCHITECTURE;
}

#endif
