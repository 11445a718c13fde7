// Landlock by its system calls: Debian 12's headers end at its second version, and the C library has no functions for it.
#ifndef ANYSIZE_SANDBOX_LANDLOCK_H
#define ANYSIZE_SANDBOX_LANDLOCK_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

// The same numbers on every architecture, being newer than the unification of 2019.
enum {
    ANYSIZE_LANDLOCK_CREATE = 444,
    ANYSIZE_LANDLOCK_ADD = 445,
    ANYSIZE_LANDLOCK_RESTRICT = 446,
};

/// The kernel's struct landlock_ruleset_attr as of ABI 6. Older kernels accept it while the fields they don't know are zero.
struct anysize_landlock_rights {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

/// The version of Landlock that the kernel has, or the negative errno: ENOSYS (not built) or EOPNOTSUPP (not switched on).
static inline int anysize_landlock_abi(void) {
    long version = syscall(ANYSIZE_LANDLOCK_CREATE, NULL, 0, 1U);
    return version < 0 ? -errno : (int) version;
}

/// A set of rules that refuses all of these rights, everywhere. Returns its descriptor, or -1 with errno set.
static inline int anysize_landlock_refusing(struct anysize_landlock_rights rights) {
    return (int) syscall(ANYSIZE_LANDLOCK_CREATE, &rights, sizeof rights, 0U);
}

/// Lets one file be opened for reading after all. Returns 0 or the errno.
static inline int anysize_landlock_let_read(int ruleset, const char *path) {
    // The kernel's struct landlock_path_beneath_attr, which is packed; 1 << 2 is LANDLOCK_ACCESS_FS_READ_FILE.
    struct __attribute__((packed)) {
        uint64_t allowed;
        int32_t file;
    } rule = {1 << 2, open(path, O_RDONLY | O_CLOEXEC)};
    if (rule.file < 0) return errno;
    int code = syscall(ANYSIZE_LANDLOCK_ADD, ruleset, 1, &rule, 0U) == 0 ? 0 : errno;
    close(rule.file);
    return code;
}

/// Puts the rules on the calling thread and on those it starts from now on. Returns 0 or the errno.
static inline int anysize_landlock_restrict(int ruleset) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0) return errno;
    return syscall(ANYSIZE_LANDLOCK_RESTRICT, ruleset, 0U) == 0 ? 0 : errno;
}

/// What the handler below is given and what it answers. Variables inside a function, since Swift takes one outside for
/// somebody else's.
struct anysize_landlock_signalled {
    int ruleset;
    int result;
};

static inline struct anysize_landlock_signalled *anysize_landlock_slot(void) {
    static struct anysize_landlock_signalled slot;
    return &slot;
}

static inline void anysize_landlock_on_signal(int signal) {
    (void) signal;
    int before = errno;
    int ruleset = __atomic_load_n(&anysize_landlock_slot()->ruleset, __ATOMIC_ACQUIRE);
    int result = anysize_landlock_restrict(ruleset);
    __atomic_store_n(&anysize_landlock_slot()->result, result, __ATOMIC_RELEASE);
    errno = before;
}

/// Puts the rules on another thread of this process, by making it run a signal handler: before Linux 7.0 a thread can
/// only restrict itself. Returns 0, also when the thread ends meanwhile; or an errno, ETIMEDOUT when the thread blocks the
/// signal for `milliseconds`. Not to be called from two threads at once.
static inline int anysize_landlock_restrict_thread(int thread, int ruleset, int milliseconds) {
    enum { pending = -1 };
    struct sigaction ours, before;
    // SIGSYS is among the few signals that Dispatch's worker threads don't block. A pause in a system call is not seen
    // by the thread, thanks to SA_RESTART.
    ours.sa_handler = anysize_landlock_on_signal;
    ours.sa_flags = SA_RESTART | SA_ONSTACK;
    sigfillset(&ours.sa_mask);
    __atomic_store_n(&anysize_landlock_slot()->ruleset, ruleset, __ATOMIC_RELEASE);
    __atomic_store_n(&anysize_landlock_slot()->result, pending, __ATOMIC_RELEASE);
    if (sigaction(SIGSYS, &ours, &before) != 0) return errno;

    int result = pending;
    long process = getpid();
    if (syscall(__NR_tgkill, process, thread, SIGSYS) != 0) result = errno == ESRCH ? 0 : errno;
    struct timespec pause = {0, 100000};
    for (int waited = 0; result == pending && waited < milliseconds * 10; waited++) {
        nanosleep(&pause, NULL);
        result = __atomic_load_n(&anysize_landlock_slot()->result, __ATOMIC_ACQUIRE);
        if (result == pending && syscall(__NR_tgkill, process, thread, 0) != 0) result = 0;
    }
    // Ignoring it first drops a signal that is still waiting to be taken, which the default action would end us for.
    signal(SIGSYS, SIG_IGN);
    sigaction(SIGSYS, &before, NULL);
    return result == pending ? ETIMEDOUT : result;
}

#endif
