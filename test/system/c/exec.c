// exec huge N | storm N | fexecve | threads | bytes: executes in odd ways, each ending in `true`.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void storm(int count) {
  for (int i = 0; i < count; i++) {
    char number[16];
    snprintf(number, sizeof number, "%d", i);
    pid_t pid = vfork();
    if (pid == 0) {
      execve("/proc/self/exe", (char *[]){"storm", "end", number, NULL}, environ);
      _exit(1);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) exit(1);
  }
}

static void *from_thread(void *unused) {
  execve("/usr/bin/true", (char *[]){"true", "thread", NULL}, environ);
  return unused;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  if (strcmp(argv[1], "end") == 0) return 0;
  if (strcmp(argv[1], "storm") == 0) storm(atoi(argv[2]));
  if (strcmp(argv[1], "huge") == 0) {
    // One word that fits into no line, after as many small ones as asked for.
    int count = atoi(argv[2]);
    char **words = calloc((size_t)count + 3, sizeof *words), *large = malloc(100001);
    memset(large, 'x', 100000);
    large[100000] = 0;
    words[0] = "true";
    for (int i = 1; i <= count; i++) words[i] = "w";
    words[count + 1] = large;
    execve("/usr/bin/true", words, environ);
  }
  if (strcmp(argv[1], "fexecve") == 0) fexecve(open("/usr/bin/true", O_PATH | O_CLOEXEC), (char *[]){"by-descriptor", NULL}, environ);
  if (strcmp(argv[1], "bytes") == 0) execve("/usr/bin/../bin/true", (char *[]){"a b", "", "%41\n\t", "\xff\x80", "\xc3\xa9", NULL}, environ);
  if (strcmp(argv[1], "empty") == 0) execve("/usr/bin/true", (char *[]){NULL}, environ);
  if (strcmp(argv[1], "invalid") == 0) {
    if (execve((char *)8, (char *[]){"x", NULL}, environ) == 0 || errno != EFAULT) return 1;
    if (execve("/usr/bin/true", (char **)8, environ) == 0 || errno != EFAULT) return 1;
    if (execve("/nowhere/true", (char *[]){"x", NULL}, environ) == 0 || errno != ENOENT) return 1;
  }
  if (strcmp(argv[1], "thread") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, from_thread, NULL);
    pthread_join(thread, NULL);
  }
  return 0;
}
