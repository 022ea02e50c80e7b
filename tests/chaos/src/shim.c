/*
 * A layer between a master's process and its clock and disk, loaded with LD_PRELOAD. What it does is read from a file
 * of five numbers (64 bits each, the machine's order) that is mapped into memory, so that the harness turns them while
 * the process runs:
 *   0  nanoseconds that are added to the clock of the day
 *   1  microseconds that each write to a file takes longer
 *   2  microseconds that each sync takes longer
 *   3  the errno with which each write to a file fails; 0 for none
 *   4  the errno with which each sync fails; 0 for none
 *
 * KONTIKI_CHAOS_DIALS  the file
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *dials;
static int (*real_clock)(clockid_t, struct timespec *);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("KONTIKI_CHAOS_DIALS");
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_clock = dlsym(RTLD_NEXT, "clock_gettime");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    if (page != MAP_FAILED) dials = page;
    close(fd);
}

static int64_t dial(int at) { return dials ? dials[at] : 0; }

static void wait_for(int64_t micros) {
    int number = errno;
    if (micros > 0) usleep((useconds_t)micros);
    errno = number;
}

/* What the process prints is no file of its own. */
static int is_file(int fd) {
    struct stat info;
    return fd > 2 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

/* Whether the write goes on. */
static int allowed(int fd, int delay, int refusal) {
    if ((dial(delay) == 0 && dial(refusal) == 0) || !is_file(fd)) return 1;
    wait_for(dial(delay));
    if (dial(refusal) == 0) return 1;
    errno = (int)dial(refusal);
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = real_clock ? real_clock(clock, now) : (int)syscall(SYS_clock_gettime, clock, now);
    if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return failed;
    int64_t nanos = now->tv_nsec + dial(0) % 1000000000;
    now->tv_sec += dial(0) / 1000000000 + (nanos >= 1000000000) - (nanos < 0);
    now->tv_nsec = nanos >= 1000000000 ? nanos - 1000000000 : nanos < 0 ? nanos + 1000000000 : nanos;
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (!real_write) return syscall(SYS_write, fd, bytes, length);
    return allowed(fd, 1, 3) ? real_write(fd, bytes, length) : -1;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return allowed(fd, 1, 3) ? real_pwrite(fd, bytes, length, offset) : -1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return pwrite(fd, bytes, length, offset); }

int fsync(int fd) { return allowed(fd, 2, 4) ? real_fsync(fd) : -1; }

int fdatasync(int fd) { return allowed(fd, 2, 4) ? real_fdatasync(fd) : -1; }
