/* Ends the process, as kill -9 does, before the nth operation that changes a file below a folder. Loaded before the C
   library, so it sees what Rust's files and SQLite's do alike. It counts from the moment the marker file is made. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static _Atomic long seen = -1;

static int is_below(const char *path) {
    const char *folder = getenv("UPVOW_KILL_BELOW");
    return path && folder && strncmp(path, folder, strlen(folder)) == 0;
}

static void count(const char *path) {
    const char *nth = getenv("UPVOW_KILL_AT");
    if (!nth || !is_below(path) || seen < 0) return;
    if (++seen >= atol(nth)) kill(getpid(), SIGKILL);
}

static void count_open_file(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    count(path);
}

static void mark(const char *path) {
    const char *slash = path ? strrchr(path, '/') : 0;
    if (slash && is_below(path) && strcmp(slash, "/begin") == 0) seen = 0;
}

#define NEXT(type, name) \
    static type (*next)(); \
    if (!next) next = (type (*)())dlsym(RTLD_NEXT, name)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        NEXT(int, #name); \
        if (flags & (O_CREAT | O_TRUNC)) { count(path); mark(path); } \
        return next(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        NEXT(int, #name); \
        if (flags & (O_CREAT | O_TRUNC)) { count(path); mark(path); } \
        return next(folder, path, flags, mode); \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *bytes, size_t length) {
    NEXT(ssize_t, "write"); count_open_file(fd); return next(fd, bytes, length);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    NEXT(ssize_t, "pwrite"); count_open_file(fd); return next(fd, bytes, length, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
    NEXT(ssize_t, "pwrite64"); count_open_file(fd); return next(fd, bytes, length, at);
}
int fsync(int fd) { NEXT(int, "fsync"); count_open_file(fd); return next(fd); }
int fdatasync(int fd) { NEXT(int, "fdatasync"); count_open_file(fd); return next(fd); }
int ftruncate(int fd, off_t length) { NEXT(int, "ftruncate"); count_open_file(fd); return next(fd, length); }
int ftruncate64(int fd, off_t length) { NEXT(int, "ftruncate64"); count_open_file(fd); return next(fd, length); }
int rename(const char *from, const char *to) { NEXT(int, "rename"); count(from); return next(from, to); }
int unlink(const char *path) { NEXT(int, "unlink"); count(path); return next(path); }
