// Makes the files of READ_ONLY_FOLDER those of a disk that has turned read-only, as a kernel does it that finds the disk
// broken: while the file READ_ONLY_SWITCH is there, what would change one of them fails with EROFS, on files that are open
// already as well. For LD_PRELOAD: no file system turns read-only under its writers for who is no superuser.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_read_only(int file) {
    const char *folder = getenv("READ_ONLY_FOLDER"), *on = getenv("READ_ONLY_SWITCH");
    char link[64], path[PATH_MAX];
    if (!folder || !on || access(on, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return !strncmp(path, folder, strlen(folder));
}

#define REFUSES(result, name, declared, given, file)                      \
    result name declared {                                                \
        static result(*real) declared;                                    \
        if (!real) real = (result(*) declared)dlsym(RTLD_NEXT, #name);    \
        if (is_read_only(file)) return errno = EROFS, (result)-1;         \
        return real given;                                                \
    }

REFUSES(ssize_t, write, (int file, const void *from, size_t bytes), (file, from, bytes), file)
REFUSES(ssize_t, pwrite, (int file, const void *from, size_t bytes, off_t at), (file, from, bytes, at), file)
REFUSES(ssize_t, pwrite64, (int file, const void *from, size_t bytes, off64_t at), (file, from, bytes, at), file)
REFUSES(ssize_t, writev, (int file, const struct iovec *from, int count), (file, from, count), file)
REFUSES(int, ftruncate, (int file, off_t bytes), (file, bytes), file)
REFUSES(int, ftruncate64, (int file, off64_t bytes), (file, bytes), file)
REFUSES(int, fallocate, (int file, int mode, off_t at, off_t bytes), (file, mode, at, bytes), file)
REFUSES(int, fallocate64, (int file, int mode, off64_t at, off64_t bytes), (file, mode, at, bytes), file)
REFUSES(int, fchmod, (int file, mode_t mode), (file, mode), file)
REFUSES(int, fchown, (int file, uid_t user, gid_t group), (file, user, group), file)
