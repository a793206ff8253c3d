// The first process of the sandbox: builds the tree it was given, takes everything away from itself, and waits for the word to start.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>

// A terminal of the sandbox's own. Returns our end for the command; the other goes to the outer process.
static int open_terminal(int outer) {
  int user = -1;
  for (int fd = 0; fd <= 2 && user < 0; fd++)
    if (isatty(fd)) user = fd;
  if (user < 0) return -1;
  int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) die("terminal", "no terminal of its own");
  int unlock = 0;
  if (ioctl(master, TIOCSPTLCK, &unlock) != 0) die("terminal", "it stays locked");
  int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave < 0) die("terminal", "it could not be opened");
  terminal_imitate(user, slave);
  channel_send(outer, 'T', 0, master);
  close(master);
  return slave;
}

// From here on the process holds 0 to 2, the channel and the terminal: nothing of the supervisor's.
static void keep_only(int outer, int terminal) {
  if (!close_others(3, (const int[]){outer, terminal}, 2)) _exit(EXIT_CORDON);
}

// `walled`: another program made the namespaces, and the outer process has set up the network.
_Noreturn void inner_main(const struct op_list *list, int outer, bool walled, int *prepared) {
  struct message message;
  if (set_parent_death(SIGKILL) != 0) die("identity", "prctl");
  if (!channel_receive(outer, &message, NULL) || message.kind != 'M') _exit(EXIT_CORDON);
  pid_t keeper = walled && getpid() != 1 ? keeper_start(outer) : 0;
  int *sources = ops_find(list, OP_ROOT) != NULL ? tree_take_sources(list, prepared) : NULL;
  confine_identity(list, walled);
  if (sources != NULL) tree_build(list, sources);
  free(sources);
  if (!walled) network_setup(list, outer);
  int terminal = ops_find(list, OP_TTY) == NULL ? -1 : open_terminal(outer);
  confine_limits(list);
  confine_keyring();
  confine_capabilities(false);
  confine_landlock(list);
  int notify = confine_seccomp(list);
  if (notify >= 0) {
    channel_send(outer, 'N', 0, notify);
    close(notify);
  }
  channel_send(outer, 'S', 0, -1);
  keep_only(outer, terminal);
  if (!channel_receive(outer, &message, NULL) || message.kind != 'G') _exit(EXIT_CORDON);
  command_supervise(&(struct command){.run = list, .asked = list, .keeper = keeper}, outer, terminal);
}
