/*
 * A layer between a test's process and its files, loaded with LD_PRELOAD. It counts the calls that change files below
 * one folder, and
 *   - ends the process at one of them (MODE=kill), as SIGKILL does;
 *   - ends it and takes back what was not synced (MODE=lose), as a power failure does;
 *   - ends it and takes back some of that, chosen by SEED, the newest write in half (MODE=tear);
 *   - lets calls fail as a control file says, line by line: "ERRNO write|sync PREFIX".
 *
 * KONTIKI_FAULTS_BELOW    the folder
 * KONTIKI_FAULTS_MODE     count, kill, lose or tear; without it only the control file counts
 * KONTIKI_FAULTS_AT       the number of the call before which the process ends, from 1 on
 * KONTIKI_FAULTS_SEED     for tear
 * KONTIKI_FAULTS_COUNT    the file that gets the number of calls at the end
 * KONTIKI_FAULTS_CONTROL  the control file
 *
 * What is created, renamed or removed counts as durable at once; shared memory (-shm) is left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name, ...) ((__typeof__(&name))real(#name))(__VA_ARGS__)

struct change {
    ino_t inode;
    int fd;
    off_t offset;
    size_t length, old_length;
    off_t old_size;
    char *old, *new;
    struct change *before;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct change *unsynced;
static long calls;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static int is_mode(const char *mode) { return strcmp(setting("KONTIKI_FAULTS_MODE"), mode) == 0; }

static int loses(void) { return is_mode("lose") || is_mode("tear"); }

static int below(const char *path) {
    const char *folder = setting("KONTIKI_FAULTS_BELOW");
    size_t length = strlen(path);
    if (!*folder || strncmp(path, folder, strlen(folder)) != 0) return 0;
    return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static int path_of(int fd, char *path, size_t room) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, room - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

/* The errno that the control file wants for `operation` on `path`; 0 for none. */
static int wanted(const char *operation, const char *path) {
    char text[1024], *line, *rest = text;
    int control = open(setting("KONTIKI_FAULTS_CONTROL"), O_RDONLY | O_CLOEXEC);
    if (control < 0) return 0;
    ssize_t length = read(control, text, sizeof text - 1);
    close(control);
    if (length <= 0) return 0;
    text[length] = 0;
    while ((line = strsep(&rest, "\n"))) {
        int number, end = 0;
        char what[16];
        if (sscanf(line, "%d %15s %n", &number, what, &end) >= 2 && strcmp(what, operation) == 0 &&
            strncmp(path, line + end, strlen(line + end)) == 0)
            return number;
    }
    return 0;
}

static void write_all(int fd, const char *bytes, size_t length, off_t offset) {
    while (length > 0) {
        ssize_t done = REAL(pwrite, fd, bytes, length, offset);
        if (done <= 0) return;
        bytes += done, length -= done, offset += done;
    }
}

/* Takes back what was not synced; with `tear`, some of it is on the disk nevertheless. */
static void lose(int tear) {
    struct change *change, *forward = NULL, *copy;
    unsigned seed = (unsigned)atol(setting("KONTIKI_FAULTS_SEED")) + 1;
    for (change = unsynced; change; change = change->before) {
        if (change->old_length) write_all(change->fd, change->old, change->old_length, change->offset);
        (void)!REAL(ftruncate, change->fd, change->old_size);
        if (change->new && (copy = malloc(sizeof *copy))) {
            *copy = *change;
            copy->before = forward;
            forward = copy;
        }
    }
    for (change = forward; tear && change; change = change->before) {
        size_t length = change->before ? change->length : change->length / 2;
        if (rand_r(&seed) % 2) write_all(change->fd, change->new, length, change->offset);
    }
}

static void end_here(void) {
    if (loses()) lose(is_mode("tear"));
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* One more call. The lock is held from here until leave(). */
static void enter(void) {
    pthread_mutex_lock(&lock);
    calls++;
    const char *at = setting("KONTIKI_FAULTS_AT");
    if ((is_mode("kill") || loses()) && *at && calls == atol(at)) end_here();
}

static void leave(void) {
    int number = errno;
    pthread_mutex_unlock(&lock);
    errno = number;
}

/* A descriptor of our own for the file behind `fd`: it lives as long as the process. */
static int own_fd(int fd, ino_t inode) {
    static struct { ino_t inode; int fd; } files[256];
    static int known;
    char path[64];
    for (int at = 0; at < known; at++)
        if (files[at].inode == inode) return files[at].fd;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int own = open(path, O_RDWR | O_CLOEXEC);
    if (known < 256) files[known].inode = inode, files[known++].fd = own;
    return own;
}

/* Takes down what a write of `length` bytes (or, with `bytes` NULL, a cut) is about to replace. */
static void remember(int fd, const void *bytes, size_t length, off_t offset) {
    struct stat info;
    struct change *change;
    if (!loses() || fstat(fd, &info) != 0 || !(change = calloc(1, sizeof *change))) return;
    change->inode = info.st_ino;
    change->offset = offset;
    change->old_size = info.st_size;
    change->length = bytes ? length : 0;
    change->old_length = offset >= info.st_size ? 0 : (size_t)(info.st_size - offset);
    if (bytes && change->old_length > length) change->old_length = length;
    change->fd = own_fd(fd, info.st_ino);
    change->old = malloc(change->old_length + 1);
    if (change->old && pread(change->fd, change->old, change->old_length, offset) < 0) change->old_length = 0;
    if (bytes && (change->new = malloc(length + 1))) memcpy(change->new, bytes, length);
    change->before = unsynced;
    unsynced = change;
}

static void synced(int fd) {
    struct stat info;
    struct change **place = &unsynced, *change;
    if (fstat(fd, &info) != 0) return;
    while ((change = *place)) {
        if (change->inode != info.st_ino) {
            place = &change->before;
            continue;
        }
        *place = change->before;
        free(change->old);
        free(change->new);
        free(change);
    }
}

static ssize_t refused(int number) {
    errno = number;
    leave();
    return -1;
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off_t offset) {
    char path[4096];
    if (!path_of(fd, path, sizeof path)) return REAL(pwrite, fd, bytes, length, offset);
    enter();
    int number = wanted("write", path);
    if (number) return refused(number);
    remember(fd, bytes, length, offset);
    ssize_t done = REAL(pwrite, fd, bytes, length, offset);
    leave();
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return write_at(fd, bytes, length, offset); }

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return write_at(fd, bytes, length, offset); }

ssize_t write(int fd, const void *bytes, size_t length) {
    char path[4096];
    if (!path_of(fd, path, sizeof path)) return REAL(write, fd, bytes, length);
    enter();
    int number = wanted("write", path);
    if (number) return refused(number);
    remember(fd, bytes, length, lseek(fd, 0, SEEK_CUR));
    ssize_t done = REAL(write, fd, bytes, length);
    leave();
    return done;
}

static int cut(int fd, off_t length) {
    char path[4096];
    if (!path_of(fd, path, sizeof path)) return REAL(ftruncate, fd, length);
    enter();
    remember(fd, NULL, 0, length);
    int done = REAL(ftruncate, fd, length);
    leave();
    return done;
}

int ftruncate(int fd, off_t length) { return cut(fd, length); }

int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int sync_file(int fd, int only_data) {
    char path[4096];
    if (!path_of(fd, path, sizeof path)) return only_data ? REAL(fdatasync, fd) : REAL(fsync, fd);
    enter();
    int number = wanted("sync", path);
    if (number) return (int)refused(number);
    int done = only_data ? REAL(fdatasync, fd) : REAL(fsync, fd);
    if (done == 0) synced(fd);
    leave();
    return done;
}

int fsync(int fd) { return sync_file(fd, 0); }

int fdatasync(int fd) { return sync_file(fd, 1); }

int rename(const char *from, const char *to) {
    if (!below(from) && !below(to)) return REAL(rename, from, to);
    enter();
    int done = REAL(rename, from, to);
    leave();
    return done;
}

int unlink(const char *path) {
    if (!below(path)) return REAL(unlink, path);
    enter();
    int done = REAL(unlink, path);
    leave();
    return done;
}

__attribute__((destructor)) static void count(void) {
    const char *path = setting("KONTIKI_FAULTS_COUNT");
    FILE *file = *path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", calls);
    fclose(file);
}
