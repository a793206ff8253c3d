// Two runs in one folder against each other's guard: each looks at the folder, then acts, while the other one acts as well.
// usage: two-runs KIND PART BASE SECONDS TEXT     TEXT goes into what is planted; prints `tries N` at the end; who is judged is the folder, from outside
//   config  part 1 keeps a file open that it made as `config`, while part 2 puts a HEAD beside it
//   hooks   part 1 makes a folder `hooks` with a hook, while part 2 puts a HEAD beside it
//   folder  part 2 renames a big folder to .git, while part 1 makes hooks below its innocent name and takes that name afterwards
//   file    part 1 moves a hook into a folder, which part 2 renames to .git; the hook's old name is taken meanwhile
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int exists(const char *name) { struct stat s; return lstat(name, &s) == 0; }

static void put(const char *name, const char *text, int mode) {
    int fd = open(name, O_CREAT | O_WRONLY, mode);
    if (fd < 0) return;
    if (write(fd, text, strlen(text)) < 0) _exit(5);
    close(fd);
}

static const char *evil;

// Both begin a round at the same moment, by the clock, in a folder of that round, so that what was won stays.
static void enter_round(unsigned delay) {
    enum { ROUND_NS = 4000000 };
    static long long before;
    struct timespec t;
    long long round;
    char name[64];
    do {
        clock_gettime(CLOCK_REALTIME, &t);
        round = ((long long)t.tv_sec * 1000000000 + t.tv_nsec) / ROUND_NS;
    } while (round == before);
    before = round;
    snprintf(name, sizeof name, "r%lld", round);
    mkdir(name, 0755);
    if (chdir(name) != 0) _exit(6);
    // Another point of the other one's work each time.
    for (volatile unsigned i = 0; i < delay * 300; i++) {
    }
}

static void leave_round(void) {
    if (chdir("..") != 0) _exit(6);
}

static void bare(int part, unsigned tries) {
    enter_round(part == 1 ? tries % 32 : tries / 32 % 8);
    if (part == 1) {
        int fd = open("config", O_CREAT | O_WRONLY, 0644);
        usleep(1000);
        if (fd >= 0 && write(fd, evil, strlen(evil)) < 0) _exit(5);
        if (fd >= 0) close(fd);
    } else {
        // Made once; if it stays, even empty, it can be filled.
        for (int i = 0; i < 2; i++) put("HEAD", "ref: refs/heads/main\n", 0644);
    }
    leave_round();
}

static void hooks(int part, unsigned tries) {
    enter_round(part == 1 ? tries % 32 : tries / 32 % 8);
    if (part == 1) {
        mkdir("hooks", 0755);
        put("hooks/pre-commit", evil, 0755);
    } else {
        for (int i = 0; i < 2; i++) put("HEAD", "ref: refs/heads/main\n", 0644);
    }
    leave_round();
}

static void folder(int part) {
    if (part == 2) {
        if (exists("big/refs") && rename("big", ".git") == 0 && !exists(".git/hooks")) rename(".git", "big");
        return;
    }
    if (exists("big/refs") && mkdir("big/hooks", 0755) == 0) put("big/hooks/pre-commit", evil, 0755);
    for (int i = 0; i < 200 && exists("big/refs"); i++) usleep(100);
    if (exists(".git/hooks")) {
        // The way back is taken, as a name and by mode.
        mkdir("big", 0755);
        put("big/stay", "", 0644);
        chmod(".", 0555);
        usleep(500000);
        chmod(".", 0755);
        if (exists(".git/hooks")) return;
    }
    unlink("big/stay");
    unlink("big/hooks/pre-commit");
    rmdir("big/hooks");
    rmdir("big");
}

static void file(int part) {
    if (part == 2) {
        if (exists("plain") && rename("plain", ".git") == 0 && !exists(".git/hooks")) rename(".git", "plain");
        return;
    }
    mkdir("plain", 0755);
    mkdir("plain/hooks", 0755);
    put("x", evil, 0755);
    rename("x", "plain/hooks/pre-commit");
    mkdir("x", 0755);
    if (exists(".git/hooks")) usleep(2000);
    if (exists(".git/hooks")) return;
    rmdir("x");
    unlink("plain/hooks/pre-commit");
    rmdir("plain/hooks");
}

int main(int argc, char **argv) {
    if (argc != 6 || chdir(argv[3]) != 0) return 2;
    const char *kind = argv[1];
    int part = atoi(argv[2]);
    double end = now() + atof(argv[4]);
    evil = argv[5];
    unsigned tries = 0;
    for (; now() < end; tries++) {
        if (strcmp(kind, "config") == 0) bare(part, tries);
        else if (strcmp(kind, "hooks") == 0) hooks(part, tries);
        else if (strcmp(kind, "folder") == 0) folder(part);
        else if (strcmp(kind, "file") == 0) file(part);
        else return 2;
    }
    printf("tries %u\n", tries);
    return 0;
}
