// The verbs of cordon-prober: one line comes out, which the runner reads.
#define _GNU_SOURCE
#include "breakout.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LEAKED_FILE = 57, LEAKED_FOLDER = 58, USAGE = 64 };

long number(const char *word) { return strtol(word, NULL, 0); }

static const struct call *find(const char *name) {
  const struct call *tables[] = {kernel_calls, mount_calls, foreign_calls, socket_calls};
  for (size_t table = 0; table < sizeof tables / sizeof *tables; table++)
    for (const struct call *each = tables[table]; each->name != NULL; each++)
      if (strcmp(each->name, name) == 0) return each;
  return NULL;
}

// In a child of its own: a filter that kills shows as a signal.
static int probe(int count, char **words) {
  const struct call *call = find(words[0]);
  if (call == NULL) {
    printf("answer %s unknown\n", words[0]);
    return USAGE;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return 1;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    errno = 0;
    long result = call->make(count - 1, words + 1);
    int answer = result >= 0 ? 0 : errno;
    ssize_t written = write(ends[1], &answer, sizeof answer);
    _exit(written == (ssize_t)sizeof answer ? 0 : 1);
  }
  close(ends[1]);
  int answer = 0, status = 0;
  ssize_t got = child < 0 ? -1 : read(ends[0], &answer, sizeof answer);
  if (child > 0) waitpid(child, &status, 0);
  if (got == (ssize_t)sizeof answer && answer == 0)
    printf("answer %s ok\n", call->name);
  else if (got == (ssize_t)sizeof answer)
    printf("answer %s errno %d\n", call->name, answer);
  else if (child > 0 && WIFSIGNALED(status))
    printf("answer %s signal %d\n", call->name, WTERMSIG(status));
  else
    printf("answer %s none\n", call->name);
  return 0;
}

static int write_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t written = write(fd, text, strlen(text));
  close(fd);
  return written == (ssize_t)strlen(text) ? 0 : -1;
}

// Namespaces of its own in which it has every right: where an attack that needs rights can be shown without touching the host.
static int in_namespaces(char **argv) {
  char map[64];
  uid_t uid = getuid();
  gid_t gid = getgid();
  int all = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (unshare(all) != 0) {
    fprintf(stderr, "cordon-prober: unshare: %s\n", strerror(errno));
    return 1;
  }
  snprintf(map, sizeof map, "0 %u 1", uid);
  if (write_text("/proc/self/setgroups", "deny") != 0 || write_text("/proc/self/uid_map", map) != 0) return 1;
  snprintf(map, sizeof map, "0 %u 1", gid);
  if (write_text("/proc/self/gid_map", map) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    execv(argv[0], argv);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// A file and a folder that are open when the sandbox is started, as a careless caller leaves them.
static int leak(char **words) {
  int file = open(words[0], O_RDONLY);
  int folder = open(words[1], O_RDONLY | O_DIRECTORY);
  if (file < 0 || folder < 0 || dup2(file, LEAKED_FILE) < 0 || dup2(folder, LEAKED_FOLDER) < 0) {
    fprintf(stderr, "cordon-prober: leak: %s\n", strerror(errno));
    return 1;
  }
  if (file != LEAKED_FILE) close(file);
  if (folder != LEAKED_FOLDER) close(folder);
  execvp(words[2], words + 2);
  fprintf(stderr, "cordon-prober: %s: %s\n", words[2], strerror(errno));
  return 127;
}

// PID WHAT VALUE: a limit of another process of this user, for faults.
static int limit(char **words) {
  const char *names[] = {"file-size", "descriptors", "memory"};
  const int resources[] = {RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_AS};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(words[1], names[i]) != 0) continue;
    struct rlimit wanted = {(rlim_t)number(words[2]), (rlim_t)number(words[2])};
    if (prlimit((pid_t)number(words[0]), resources[i], &wanted, NULL) == 0) return 0;
    fprintf(stderr, "cordon-prober: %s: %s\n", words[1], strerror(errno));
    return 1;
  }
  return USAGE;
}

int main(int count, char **words) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  signal(SIGPIPE, SIG_IGN);
  const char *verb = count > 1 ? words[1] : "";
  if (strcmp(verb, "here") == 0) return puts("prober here") < 0;
  if (strcmp(verb, "call") == 0 && count > 2) return probe(count - 2, words + 2);
  if (strcmp(verb, "send") == 0 && count > 4) return send_to(count - 2, words + 2);
  if (strcmp(verb, "namespaces") == 0 && count > 2) return in_namespaces(words + 2);
  if (strcmp(verb, "leak") == 0 && count > 4) return leak(words + 2);
  if (strcmp(verb, "terminal") == 0 && count > 2) return on_terminal_of_its_own(words + 2);
  if (strcmp(verb, "limit") == 0 && count > 4) return limit(words + 2);
  if (strcmp(verb, "victim") == 0) return be_victim();
  fprintf(stderr, "usage: cordon-prober here | call NAME [WORD...] | send KIND PLACE... TEXT | namespaces ARGV... | leak FILE FOLDER ARGV... | limit PID WHAT VALUE | terminal ARGV... | victim\n");
  return USAGE;
}
