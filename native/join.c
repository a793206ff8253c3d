// A second command in a sandbox. The sandbox's own first process starts it, so it is confined by inheritance: the same namespaces, filter,
// Landlock domain, limits, capabilities and control group, with nothing to be done again or forgotten. Outside, a short-lived child of the
// run's cordon-init connects to who asked, makes a terminal where one is wanted, and hands the connection in.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

enum { DEVPTS_MAGIC = 0x1cd1 };

// The sandbox's own multiplexer, and not what somebody inside has put in its place.
static int open_multiplexer(void) {
  int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  struct statfs system;
  if (master < 0 || fstat(master, &status) != 0 || fstatfs(master, &system) != 0) return -1;
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(5, 2) && system.f_type == DEVPTS_MAGIC ? master : -1;
}

static bool give_terminal(const struct sandbox *sandbox, int channel) {
  int unlock = 0;
  // The terminal's device belongs to the command's user inside.
  int master = enter_namespace(sandbox->mount_ns, CLONE_NEWNS) && enter_ids(sandbox) ? open_multiplexer() : -1;
  if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) != 0) return false;
  int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) return false;
  // In this order: it is set up like the user's before that one is made raw.
  channel_send(channel, 't', 0, slave);
  channel_send(channel, 'T', 0, master);
  return true;
}

// `text` is "TERMINAL PATH". What goes wrong ends this child only, and with it the connection, if there was one.
void join_request(const struct sandbox *sandbox, const char *text) {
  char path[4096];
  bool terminal = text[0] == '1';
  if ((text[0] != '0' && !terminal) || text[1] != ' ') return;
  unescape_text(path, sizeof path, text + 2);
  if (path[0] != '/' || fork() != 0) return;
  int channel = meet_socket(path, false);
  if (channel < 0 || !meet_is_own(channel)) _exit(1);
  if (!terminal) channel_send(channel, 'H', 0, -1);
  else if (!give_terminal(sandbox, channel)) _exit(1);
  channel_send(sandbox->inner, 'A', 0, channel);
  _exit(0);
}

static void keep_only(int channel) {
  if (!close_others(3, &channel, 1)) _exit(EXIT_CORDON);
}

// In the sandbox, below its first process: takes what the command needs, waits for the word, and looks after the command.
_Noreturn static void lead(const struct op_list *run, int channel) {
  struct op_list asked = {0};
  struct message message;
  int given[3] = {-1, -1, -1}, terminal = -1, descriptor;
  keep_only(channel);
  do {
    if (!channel_receive(channel, &message, &descriptor) || descriptor < 0) _exit(EXIT_CORDON);
    if (message.kind == 'F' && message.value >= 0 && message.value <= 2) given[message.value] = descriptor;
    else if (message.kind == 't') terminal = descriptor;
    else if (message.kind != 'O') _exit(EXIT_CORDON);
  } while (message.kind != 'O');
  if (ops_load(descriptor, &asked) != NULL) _exit(EXIT_CORDON);
  close(descriptor);
  for (int fd = 0; fd <= 2; fd++) {
    if (given[fd] < 0 || dup2(given[fd], fd) < 0) _exit(EXIT_CORDON);
    close(given[fd]);
  }
  channel_send(channel, 'S', 0, -1);
  if (!channel_receive(channel, &message, NULL) || message.kind != 'G') _exit(EXIT_CORDON);
  command_supervise(&(struct command){.run = run, .asked = &asked, .joined = true}, channel, terminal);
}

void join_start(const struct op_list *run, int channel) {
  // Without a process for it (RLIMIT_NPROC) the connection closes, and who waits at its other end sees that.
  if (fork() == 0) lead(run, channel);
}
