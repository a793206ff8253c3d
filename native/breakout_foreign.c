// Calls on another process and on what it shares: its memory, descriptors, shared memory, message queues, keys. What they find is printed
// as `found TEXT`, so that the planted secret itself is the proof.
#define _GNU_SOURCE
#include "breakout.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALL(name) static long name(int count, char **words)

enum { SECRET_BYTES = 64 };

static long found(const char *bytes, long length) {
  if (length < 0) return -1;
  printf("found %.*s\n", (int)length, bytes);
  fflush(stdout);
  return 0;
}

// pid address
CALL(c_read_memory) {
  char text[SECRET_BYTES] = "";
  if (count < 2) return -1;
  struct iovec here = {text, sizeof text - 1}, there = {(void *)number(words[1]), sizeof text - 1};
  return found(text, process_vm_readv((pid_t)number(words[0]), &here, 1, &there, 1, 0) < 0 ? -1 : (long)strlen(text));
}
CALL(c_proc_mem) {
  char path[64], text[SECRET_BYTES] = "";
  if (count < 2) return -1;
  snprintf(path, sizeof path, "/proc/%ld/mem", number(words[0]));
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  return found(text, pread(fd, text, sizeof text - 1, number(words[1])) < 0 ? -1 : (long)strlen(text));
}
CALL(c_ptrace) {
  if (count < 2) return -1;
  pid_t pid = (pid_t)number(words[0]);
  if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0) return -1;
  if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0 || waitpid(pid, NULL, __WALL) < 0) return -1;
  char text[SECRET_BYTES] = "";
  for (size_t at = 0; at + sizeof(long) < sizeof text; at += sizeof(long)) {
    long word = ptrace(PTRACE_PEEKDATA, pid, number(words[1]) + (long)at, NULL);
    memcpy(text + at, &word, sizeof word);
  }
  ptrace(PTRACE_DETACH, pid, NULL, NULL);
  return found(text, (long)strlen(text));
}
// pid fd: copies a descriptor out of the other process and reads it.
CALL(c_take_descriptor) {
  char text[SECRET_BYTES] = "";
  if (count < 2) return -1;
  int process = (int)syscall(SYS_pidfd_open, number(words[0]), 0);
  int fd = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, number(words[1]), 0);
  if (fd < 0) return -1;
  return found(text, pread(fd, text, sizeof text - 1, 0) < 0 ? -1 : (long)strlen(text));
}
CALL(c_kcmp) {
  if (count < 1) return -1;
  return syscall(SYS_kcmp, (long)getpid(), number(words[0]), 1 /* KCMP_VM */, 0, 0) < 0 ? -1 : 0;
}
CALL(c_signal) { return count < 2 ? -1 : kill((pid_t)number(words[0]), (int)number(words[1])); }
CALL(c_pidfd_signal) {
  int process = count < 2 ? -1 : (int)syscall(SYS_pidfd_open, number(words[0]), 0);
  return process < 0 ? -1 : syscall(SYS_pidfd_send_signal, process, (int)number(words[1]), NULL, 0);
}
CALL(c_queue_signal) {
  siginfo_t info = {.si_code = SI_QUEUE};
  return count < 2 ? -1 : syscall(SYS_rt_sigqueueinfo, number(words[0]), number(words[1]), &info);
}
CALL(c_shared_memory) {
  if (count < 1) return -1;
  const char *memory = shmat((int)number(words[0]), NULL, SHM_RDONLY);
  return memory == (void *)-1 ? -1 : found(memory, (long)strnlen(memory, SECRET_BYTES));
}
CALL(c_message) {
  struct { long type; char text[SECRET_BYTES]; } message = {0};
  if (count < 1) return -1;
  ssize_t got = msgrcv((int)number(words[0]), &message, sizeof message.text - 1, 0, IPC_NOWAIT | 040000 /* MSG_COPY */);
  return found(message.text, got < 0 ? -1 : got);
}
// A key by its description, out of the keyrings that the user has.
CALL(c_read_key) {
  char text[SECRET_BYTES] = "";
  if (count < 1) return -1;
  long key = syscall(SYS_keyctl, 10 /* SEARCH */, -4 /* the user's */, "user", words[0], 0);
  if (key < 0) return -1;
  return found(text, syscall(SYS_keyctl, 11 /* READ */, key, text, sizeof text - 1) < 0 ? -1 : (long)strlen(text));
}

const struct call foreign_calls[] = {
  {"read-memory", c_read_memory}, {"proc-mem", c_proc_mem}, {"ptrace", c_ptrace}, {"take-descriptor", c_take_descriptor},
  {"kcmp", c_kcmp}, {"signal", c_signal}, {"pidfd-signal", c_pidfd_signal}, {"queue-signal", c_queue_signal},
  {"shared-memory", c_shared_memory}, {"message", c_message}, {"read-key", c_read_key}, {NULL, NULL},
};
