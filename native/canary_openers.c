// Who waits for a decoy's lease: the tasks of the sandbox that sleep in an opening call, by /proc. Of other processes the kernel shows
// this one nothing.
#define _GNU_SOURCE
#include "canary.h"
#include "kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

struct task {
  int proc;
  const char *process, *id;
};

static ssize_t read_entry(struct task task, const char *name, char *text, size_t size) {
  char path[96];
  snprintf(path, sizeof path, "%.16s/task/%.16s/%s", task.process, task.id, name);
  int fd = openat(task.proc, path, O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);
  if (fd >= 0) close(fd);
  text[got > 0 ? got : 0] = 0;
  return got;
}

// Which argument of an opening call is its path; *folder: which one is the folder, -1 for the working one.
static int path_argument(long number, int *folder) {
  *folder = -1;
  switch (number) {
    case SYS_openat:
    case SYS_execveat:
#ifdef SYS_openat2
    case SYS_openat2:
#endif
      *folder = 0;
      return 1;
    case SYS_execve:
    case SYS_truncate: return 0;
#ifdef SYS_open
    case SYS_open:
    case SYS_creat: return 0;
#endif
    default: return -1;
  }
}

// Up to the NUL, page by page: what follows it may not be there.
static bool read_path(pid_t process, uint64_t address, char *path, size_t capacity) {
  for (size_t used = 0; used < capacity;) {
    size_t size = 4096 - (address + used) % 4096;
    if (size > capacity - used) size = capacity - used;
    struct iovec local = {.iov_base = path + used, .iov_len = size};
    struct iovec remote = {.iov_base = (void *)(uintptr_t)(address + used), .iov_len = size};
    if (process_vm_readv(process, &local, 1, &remote, 1, 0) != (ssize_t)size) return false;
    if (memchr(path + used, 0, size) != NULL) return true;
    used += size;
  }
  return false;
}

// The path as this process can follow it, from its own /proc: /proc/self would mean nothing here.
static void path_from(char *from, size_t capacity, struct task task, const char *path, int folder) {
  if (strncmp(path, "/proc/self/", 11) == 0) snprintf(from, capacity, "%.16s/%s", task.process, path + 11);
  else if (strncmp(path, "/proc/thread-self/", 18) == 0)
    snprintf(from, capacity, "%.16s/task/%.16s/%s", task.process, task.id, path + 18);
  else if (path[0] == '/') snprintf(from, capacity, "%.16s/root%s", task.process, path);
  else if (folder == AT_FDCWD) snprintf(from, capacity, "%.16s/task/%.16s/cwd/%s", task.process, task.id, path);
  else snprintf(from, capacity, "%.16s/task/%.16s/fd/%d/%s", task.process, task.id, folder, path);
}

// Whether a task sleeps in a call that opens this decoy; *exact: its path leads there as well.
static bool opens(struct task task, const struct canary *canary, bool *exact) {
  char text[512], path[PATH_MAX], from[PATH_MAX + 96];
  long long number;
  unsigned long long argument[6];
  struct stat status;
  *exact = false;
  if (read_entry(task, "syscall", text, sizeof text) <= 0) return false;
  if (sscanf(text, "%lld %llx %llx %llx %llx %llx %llx", &number, &argument[0], &argument[1], &argument[2], &argument[3],
             &argument[4], &argument[5]) != 7)
    return false;
  int folder, at = path_argument((long)number, &folder);
  if (at < 0) return false;
  // Where the kernel says what a task waits for, its word counts: a name alone could be that of a call that is done with the file.
  bool known = read_entry(task, "wchan", text, sizeof text) > 0 && strcmp(text, "0") != 0;
  if (known && strcmp(text, "__break_lease") != 0) return false;
  if (!read_path((pid_t)atoi(task.id), argument[at], path, sizeof path)) return known;
  path_from(from, sizeof from, task, path, folder < 0 ? AT_FDCWD : (int)argument[folder]);
  if (fstatat(task.proc, from, &status, 0) != 0) return known;
  *exact = status.st_dev == canary->device && status.st_ino == canary->inode;
  return *exact;
}

static void name_program(struct opener *opener, int proc) {
  char link[32];
  snprintf(link, sizeof link, "%d/exe", (int)opener->process);
  ssize_t size = readlinkat(proc, link, opener->program, sizeof opener->program - 1);
  opener->program[size > 0 ? size : 0] = 0;
}

static bool process_opens(int proc, const char *process, const struct canary *canary, bool *exact) {
  char path[48];
  snprintf(path, sizeof path, "%.16s/task", process);
  int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
  bool found = false;
  for (struct dirent *entry; tasks != NULL && !found && (entry = readdir(tasks)) != NULL;)
    if (entry->d_name[0] != '.') found = opens((struct task){proc, process, entry->d_name}, canary, exact);
  if (tasks != NULL) closedir(tasks);
  else if (fd >= 0) close(fd);
  return found;
}

size_t openers_find(int proc, const struct canary *canary, struct opener found[MAX_OPENERS]) {
  size_t count = 0;
  int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *processes = fd < 0 ? NULL : fdopendir(fd);
  for (struct dirent *entry; processes != NULL && count < MAX_OPENERS && (entry = readdir(processes)) != NULL;) {
    struct opener *opener = &found[count];
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    if (!process_opens(proc, entry->d_name, canary, &opener->exact)) continue;
    opener->process = (pid_t)atoi(entry->d_name);
    name_program(opener, proc);
    count++;
  }
  if (processes != NULL) closedir(processes);
  else if (fd >= 0) close(fd);
  return count;
}
