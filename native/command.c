// Starts the command, reaps everything that is orphaned in the sandbox, passes signals on and tells how the command ended.
// Pauses everything inside when told.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

struct failure {
  char kind;  // X: could not be executed, D: the working directory could not be entered
  int cause;
};

static char **vector(const struct op_list *list, enum op_code code) {
  size_t count = 0, used = 0;
  FOR_OPS(list, code, op) count++;
  char **texts = malloc((count + 1) * sizeof *texts);
  if (texts == NULL) _exit(EXIT_CORDON);
  // The buffer outlives the exec; execve takes non-const pointers for historical reasons only.
  FOR_OPS(list, code, op) texts[used++] = list->buffer + (op->field[0].bytes - list->buffer);
  texts[used] = NULL;
  return texts;
}

static void execute_file(const char *file, char **argv, char **envp) {
  execve(file, argv, envp);
  if (errno != ENOEXEC) return;
  // As execvp(3): a script without an interpreter line is one for the shell.
  size_t count = 0;
  while (argv[count] != NULL) count++;
  char **shell = malloc((count + 2) * sizeof *shell);
  if (shell == NULL) return;
  shell[0] = (char[]){"/bin/sh"};
  shell[1] = strdup(file);
  for (size_t i = 1; i <= count; i++) shell[i + 1] = argv[i];
  execve("/bin/sh", shell, envp);
}

// Looks the program up on the sandbox's PATH. Returns why it can't be executed.
static int execute(char **argv, char **envp) {
  if (argv[0] == NULL || argv[0][0] == 0) return ENOENT;
  if (strchr(argv[0], '/') != NULL) {
    execute_file(argv[0], argv, envp);
    return errno;
  }
  const char *path = "/usr/local/bin:/usr/bin:/bin";
  for (char **env = envp; *env != NULL; env++)
    if (strncmp(*env, "PATH=", 5) == 0) path = *env + 5;
  int result = ENOENT;
  for (const char *at = path; *at != 0;) {
    size_t size = strcspn(at, ":");
    char file[4096 + 256];
    if (size > 0 && size + strlen(argv[0]) + 2 < sizeof file) {
      memcpy(file, at, size);
      file[size] = '/';
      strcpy(file + size + 1, argv[0]);
      // Each attempt is recorded: what isn't there is none.
      if (access(file, F_OK) == 0) execute_file(file, argv, envp);
      if (errno != ENOENT && errno != ENOTDIR) result = errno;
    }
    at += size + (at[size] == ':');
  }
  return result;
}

_Noreturn static void become_command(const struct command *asked, int terminal, const bool *on_terminal, int failed) {
  struct failure failure = {.kind = 'D'};
  const struct op *cwd = ops_find(asked->run, OP_CWD);
  setpgid(0, 0);
  if (terminal >= 0) {
    tcsetpgrp(terminal, getpgrp());
    for (int fd = 0; fd <= 2; fd++)
      if (on_terminal[fd] && dup2(terminal, fd) < 0) _exit(EXIT_CORDON);
  }
  char **argv = vector(asked->asked, OP_ARG), **envp = vector(asked->run, OP_ENV);
  if (cwd == NULL || chdir(cwd->field[0].bytes) == 0) {
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    failure.kind = 'X';
    failure.cause = execute(argv, envp);
  } else {
    failure.cause = errno;
  }
  while (write(failed, &failure, sizeof failure) < 0 && errno == EINTR) {
  }
  _exit(EXIT_CORDON);
}

static pid_t start(const struct command *asked, int outer, int terminal) {
  bool on_terminal[3];
  for (int fd = 0; fd <= 2; fd++) on_terminal[fd] = terminal >= 0 && isatty(fd);
  int failed[2];
  if (pipe2(failed, O_CLOEXEC) != 0) _exit(EXIT_CORDON);
  pid_t command = fork();
  if (command < 0) {
    channel_send(outer, 'X', errno, -1);
    _exit(EXIT_CORDON);
  }
  if (command == 0) become_command(asked, terminal, on_terminal, failed[1]);
  setpgid(command, command);
  close(failed[1]);
  struct failure failure;
  ssize_t got;
  do got = read(failed[0], &failure, sizeof failure);
  while (got < 0 && errno == EINTR);
  close(failed[0]);
  if (got == sizeof failure) {
    channel_send(outer, failure.kind, failure.cause, -1);
    _exit(EXIT_CORDON);
  }
  return command;
}

// Tells about the command; its end is the end of the first process, and with that of everything in the sandbox.
// `quietly`: a stop is the pause's doing and nobody's job control; so is every SIGSTOP for a joined command.
static void reap(const struct command *asked, pid_t command, int outer, bool quietly) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0;) {
    if (pid == asked->keeper && !WIFSTOPPED(status) && !WIFCONTINUED(status)) _exit(EXIT_CORDON);
    if (pid != command) continue;
    if (WIFSTOPPED(status)) {
      if (!quietly && !(asked->joined && WSTOPSIG(status) == SIGSTOP)) channel_send(outer, 'W', WSTOPSIG(status), -1);
    } else if (WIFCONTINUED(status)) {
      if (!quietly) channel_send(outer, 'C', 0, -1);
    } else {
      channel_send(outer, WIFEXITED(status) ? 'E' : 'Q', WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), -1);
      bool killed = WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 128 + SIGKILL;
      _exit(killed ? EXIT_KILLED : 0);
    }
  }
}

static void deliver(pid_t command, int number) {
  // What a terminal would send goes to the whole foreground group, as it does without a sandbox.
  bool group = number == SIGINT || number == SIGQUIT || number == SIGTSTP || number == SIGCONT || number == SIGHUP || number == SIGWINCH;
  if (number > 0 && number < NSIG) kill(group ? -command : command, number);
}

// true: everything inside is stopped from now on.
static bool obey(const struct command *asked, const struct message *message, pid_t command, int outer, bool paused) {
  if (message->kind == 'K') {
    // It would go on alone.
    if (!paused || message->value != SIGCONT) deliver(command, message->value);
    return paused;
  }
  if (message->kind != 'P' || paused == (message->value != 0)) return paused;
  if (paused) {
    // That it was stopped is taken note of now, so that it isn't taken for job control afterwards.
    reap(asked, command, outer, true);
    pause_end();
  } else {
    pause_begin();
  }
  channel_send(outer, 'P', !paused, -1);
  return !paused;
}

_Noreturn void command_supervise(const struct command *asked, int outer, int terminal) {
  // The leader of the session is this process, the command a group of its own in it: so it can be stopped and continued.
  if (setsid() < 0 && getsid(0) != getpid()) _exit(EXIT_CORDON);
  if (terminal >= 0 && ioctl(terminal, TIOCSCTTY, 0) != 0) _exit(EXIT_CORDON);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  int signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) _exit(EXIT_CORDON);
  pid_t command = start(asked, outer, terminal);
  bool paused = false, left = false;
  for (;;) {
    struct pollfd polled[] = {{.fd = signals, .events = POLLIN}, {.fd = left ? -1 : outer, .events = POLLIN}};
    int ready = poll(polled, 2, paused ? PAUSE_AGAIN_MS : -1);
    if (ready < 0 && errno != EINTR) _exit(EXIT_CORDON);
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
    }
    // A pause of the whole sandbox stops a joined command, and its leader with it.
    reap(asked, command, outer, paused);
    if (paused) pause_again();
    if (polled[1].revents == 0) continue;
    struct message message;
    int descriptor = -1;
    if (channel_receive(outer, &message, &descriptor)) {
      if (message.kind == 'A' && !asked->joined && descriptor >= 0) join_start(asked->run, descriptor);
      else paused = obey(asked, &message, command, outer, paused);
      if (descriptor >= 0) close(descriptor);
    } else {
      if (!asked->joined) _exit(EXIT_CORDON);
      // Who had it join is gone. What it has on the terminal's foreground goes with it, and the rest hears that the terminal is gone.
      left = true;
      pid_t foreground = terminal >= 0 ? tcgetpgrp(terminal) : -1;
      if (foreground > 1) kill(-foreground, SIGKILL);
      kill(-command, SIGKILL);
    }
  }
}
