// A program of the same user that knows a secret: in its environment, its memory, a descriptor, shared memory, a message queue, a key.
// It says on standard output where each lies (never the secret), and every signal that it gets. It takes all back when its input ends.
#define _GNU_SOURCE
#include "breakout.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <poll.h>
#include <unistd.h>

enum { SECRET_BYTES = 64, KEY_SECONDS = 600 };

static char memory[SECRET_BYTES];

static int plant_shared(const char *secret) {
  int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  char *at = id < 0 ? (void *)-1 : shmat(id, NULL, 0);
  if (at == (void *)-1) return -1;
  strncpy(at, secret, SECRET_BYTES - 1);
  return id;
}

static int plant_message(const char *secret) {
  struct { long type; char text[SECRET_BYTES]; } message = {.type = 1};
  strncpy(message.text, secret, sizeof message.text - 1);
  int id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
  return id < 0 || msgsnd(id, &message, strlen(message.text), IPC_NOWAIT) != 0 ? -1 : id;
}

static long plant_key(const char *name, const char *secret) {
  long key = syscall(SYS_add_key, "user", name, secret, strlen(secret), -4 /* the user's keyring */);
  if (key < 0) return -1;
  syscall(SYS_keyctl, 5 /* SETPERM */, key, 0x3f3f0000);
  syscall(SYS_keyctl, 15 /* SET_TIMEOUT */, key, KEY_SECONDS);
  return key;
}

static int plant_file(const char *secret) {
  int fd = memfd_create("victim", MFD_CLOEXEC);
  return fd < 0 || pwrite(fd, secret, strlen(secret), 0) < 0 ? -1 : fd;
}

static void tell_signals(int signals) {
  struct signalfd_siginfo info;
  if (read(signals, &info, sizeof info) == (ssize_t)sizeof info) printf("signal %u\n", info.ssi_signo);
}

int be_victim(void) {
  const char *secret = getenv("VICTIM_SECRET"), *name = getenv("VICTIM_KEY");
  if (secret == NULL || name == NULL) return 64;
  strncpy(memory, secret, sizeof memory - 1);
  sigset_t all;
  sigfillset(&all);
  if (sigprocmask(SIG_BLOCK, &all, NULL) != 0) return 1;
  // So that the baseline isn't refused by Yama, which only asks whose child it is.
  prctl(PR_SET_PTRACER, -1L, 0, 0, 0);
  int signals = signalfd(-1, &all, SFD_CLOEXEC);
  int shared = plant_shared(secret), message = plant_message(secret), fd = plant_file(secret);
  long key = plant_key(name, secret);
  printf("victim %d %p %d %d %d %ld\n", getpid(), (void *)memory, fd, shared, message, key);
  struct pollfd waits[2] = {{signals, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  char byte;
  while (poll(waits, 2, -1) >= 0) {
    // First what it got so far, then the answer to who asks whether that is all.
    if (waits[0].revents & POLLIN) {
      tell_signals(signals);
      continue;
    }
    if (waits[1].revents == 0) continue;
    if (read(STDIN_FILENO, &byte, 1) <= 0) break;
    puts("settled");
  }
  if (shared >= 0) shmctl(shared, IPC_RMID, NULL);
  if (message >= 0) msgctl(message, IPC_RMID, NULL);
  if (key >= 0) syscall(SYS_keyctl, 9 /* UNLINK */, key, -4);
  return 0;
}
