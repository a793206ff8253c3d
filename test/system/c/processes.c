// One process meddling with another, the other's side, and two floods. Prints `NAME ok`, `NAME errno N`, or what it got.
// usage: processes victim SECRET | attack PID ADDRESS | fork-bomb MAX | zombie-maker
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 256

static void report(const char *name, long result) {
    if (result < 0) printf("%s errno %d\n", name, errno);
    else printf("%s ok\n", name);
    fflush(stdout);
}

static int victim(const char *secret) {
    // Where Yama is on, only descendants may be traced: the victim allows everybody, so that this isn't what stops the attack.
    static char memory[SIZE];
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    snprintf(memory, sizeof memory, "%s", secret);
    printf("ready %d %p\n", getpid(), (void *)memory);
    fflush(stdout);
    for (;;) pause();
    return 0;
}

static void show(const char *name, ssize_t got, const char *memory) {
    if (got > 0) printf("%s got %s\n", name, memory);
    else printf("%s errno %d\n", name, errno);
    fflush(stdout);
}

static void attack(pid_t pid, unsigned long address) {
    char memory[SIZE] = "";
    struct iovec here = {memory, sizeof memory - 1}, there = {(void *)address, sizeof memory - 1};
    show("process_vm_readv", process_vm_readv(pid, &here, 1, &there, 1, 0), memory);
    there.iov_len = here.iov_len = 1;
    memory[0] = '#';
    report("process_vm_writev", process_vm_writev(pid, &here, 1, &there, 1, 0));
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/mem", pid);
    FILE *file = fopen(name, "r");
    memset(memory, 0, sizeof memory);
    ssize_t got = file && fseek(file, (long)address, SEEK_SET) == 0 ? (ssize_t)fread(memory, 1, sizeof memory - 1, file) : -1;
    show("proc-mem", got, memory);
    long traced = ptrace(PTRACE_SEIZE, pid, 0, 0);
    report("ptrace-seize", traced);
    if (traced == 0) ptrace(PTRACE_DETACH, pid, 0, 0);
    report("pidfd_open", syscall(SYS_pidfd_open, pid, 0));
    report("kill-0", kill(pid, 0));
    report("setpriority", setpriority(PRIO_PROCESS, (id_t)pid, 5));
    struct rlimit limit = {1024, 1024};
    report("prlimit", prlimit(pid, RLIMIT_NOFILE, &limit, NULL));
    report("tgkill", syscall(SYS_tgkill, pid, pid, SIGUSR1));
    report("kill", kill(pid, SIGKILL));
}

static int fork_bomb(int most) {
    int made = 0;
    setpgid(0, 0); // the end below is for this family alone
    for (; made < most; made++) {
        pid_t pid = fork();
        if (pid < 0) break;
        if (pid == 0) {
            pause();
            _exit(0);
        }
    }
    printf("made %d errno %d\n", made, made < most ? errno : 0);
    fflush(stdout);
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    return 0;
}

/** Leaves an orphan that ends at once, again and again: whoever is pid 1 must collect them. */
static int zombie_maker(void) {
    for (int i = 0; i < 50; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            if (fork() == 0) _exit(0);
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
    printf("made\n");
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "victim") == 0) return victim(argv[2]);
    if (argc == 4 && strcmp(argv[1], "attack") == 0) attack(atoi(argv[2]), strtoul(argv[3], NULL, 0));
    else if (argc == 3 && strcmp(argv[1], "fork-bomb") == 0) return fork_bomb(atoi(argv[2]));
    else if (argc == 2 && strcmp(argv[1], "zombie-maker") == 0) return zombie_maker();
    else return 2;
    return 0;
}
