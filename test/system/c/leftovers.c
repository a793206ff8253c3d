// Things a user's processes leave lying about that outlive them or cross namespaces: System V memory, POSIX queues, keys; and
// what a set-uid program gives. usage: leftovers shm-make TEXT | shm-read KEY ID | key-make TEXT | key-read ID | mq-make NAME
// | mq-open NAME | whoami
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refused(void) {
    printf("errno %d\n", errno);
    return 0;
}

static int shm_make(const char *text) {
    key_t key = (key_t)(0x63000000 | (getpid() & 0xffff));
    int id = shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
    if (id < 0) return refused();
    char *memory = shmat(id, NULL, 0);
    snprintf(memory, 4096, "%s", text);
    printf("%d %d\n", key, id);
    return 0;
}

static int shm_show(int id) {
    char *memory = id < 0 ? (void *)-1 : shmat(id, NULL, SHM_RDONLY);
    if (memory == (void *)-1) return refused();
    printf("got %s\n", memory);
    return 0;
}

static int key_make(const char *text) {
    // Into the user's keyring, which every process of that user possesses or may search.
    long id = syscall(SYS_add_key, "user", "cordon-system-test", text, strlen(text), -4);
    if (id < 0) return refused();
    // Whoever runs as the user may read it, as keys made by a login's agent allow.
    if (syscall(SYS_keyctl, 5 /* SETPERM */, id, 0x3f3f0000L) < 0) return refused();
    printf("%ld\n", id);
    return 0;
}

static int key_read(long id) {
    char text[256] = "";
    if (syscall(SYS_keyctl, 11 /* READ */, id, text, sizeof text - 1) < 0) return refused();
    printf("got %s\n", text);
    return 0;
}

static int whoami(void) {
    setuid(0);
    printf("uid %d euid %d\n", getuid(), geteuid());
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "whoami") == 0) return whoami();
    if (argc < 3) return 2;
    if (strcmp(what, "shm-make") == 0) return shm_make(argv[2]);
    if (strcmp(what, "shm-read") == 0 && argc == 4) return shm_show(atoi(argv[3])) | shm_show(shmget(atoi(argv[2]), 0, 0));
    if (strcmp(what, "key-make") == 0) return key_make(argv[2]);
    if (strcmp(what, "key-read") == 0) return key_read(atol(argv[2]));
    if (strcmp(what, "mq-make") == 0) return mq_open(argv[2], O_CREAT | O_RDWR, 0600, NULL) < 0 ? refused() : puts("ok") < 0;
    if (strcmp(what, "mq-open") == 0) return mq_open(argv[2], O_RDWR) < 0 ? refused() : puts("got it") < 0;
    return 2;
}
