// System calls of Linux that Swift can't import, since they are variadic, for GNU sources only, or in no header of the C library:
// reading what the kernel has in memory, and waiting for many descriptors. On other systems the former say that they can't.
#ifndef ANYSIZE_LINUX_SHIM_H
#define ANYSIZE_LINUX_SHIM_H

#include <errno.h>
#include <sys/types.h>

#ifdef __linux__
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/// Opens a file to read it if that needs no disk. Returns its descriptor (close-on-exec), or -1 with errno set: EAGAIN where
/// the disk is needed, ENOSYS on kernels before 5.6, EINVAL on those before 5.12.
static inline int anysize_open_cached(const char *path) {
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW, .resolve = RESOLVE_CACHED};
    return (int) syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/// Reads what is in memory from that offset on. Returns the count of bytes, which may be smaller than what was asked for, or
/// -1 with errno set: EAGAIN where the first of them isn't there, EOPNOTSUPP on some file systems.
static inline ssize_t anysize_read_cached(int descriptor, void *bytes, size_t count, off_t offset) {
    struct iovec vector = {.iov_base = bytes, .iov_len = count};
    // The last one is RWF_NOWAIT.
    return (ssize_t) syscall(SYS_preadv2, descriptor, &vector, 1UL, (unsigned long) offset, 0UL, 8);
}
#else
static inline int anysize_open_cached(const char *path) {
    (void) path;
    errno = ENOSYS;
    return -1;
}

static inline ssize_t anysize_read_cached(int descriptor, void *bytes, size_t count, off_t offset) {
    (void) descriptor, (void) bytes, (void) count, (void) offset;
    errno = ENOSYS;
    return -1;
}
#endif

#endif
