// A terminal of the caller's: a program is started on it, and afterwards it is told what stands there to be read as if somebody had typed.
#define _GNU_SOURCE
#include "breakout.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { FIRST = 10, LOOK_MS = 20 };

// Away from the numbers that the program's own descriptors have.
static int raised(int fd) {
  int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST);
  if (fd >= 0) close(fd);
  return high;
}

static void become(char **argv, int slave) {
  setsid();
  if (ioctl(slave, TIOCSCTTY, 0) != 0) _exit(126);
  for (int fd = 0; fd <= 2; fd++)
    if (dup2(slave, fd) < 0) _exit(126);
  execv(argv[0], argv);
  _exit(127);
}

static void show(int master) {
  char text[4096];
  for (struct pollfd wait = {master, POLLIN, 0}; poll(&wait, 1, 0) > 0 && (wait.revents & POLLIN) != 0;) {
    ssize_t got = read(master, text, sizeof text);
    if (got <= 0 || fwrite(text, 1, (size_t)got, stdout) != (size_t)got) break;
  }
}

// Whatever was typed, whether or not a line was ended.
static void tell_typed(int slave) {
  struct termios modes;
  char text[64];
  if (tcgetattr(slave, &modes) == 0) {
    modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(slave, TCSANOW, &modes);
  }
  ssize_t got = read(slave, text, sizeof text);
  printf("\nterminal-heard ");
  for (ssize_t i = 0; i < got; i++) printf("%02x", (unsigned char)text[i]);
  printf(".\n");
}

int on_terminal_of_its_own(char **argv) {
  int master = raised(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) return 1;
  int slave = raised(open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (slave < 0) return 1;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    int own = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    become(argv, own);
  }
  if (child < 0) return 1;
  // The program's alone.
  for (int fd = 3; fd < FIRST; fd++) close(fd);
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    struct pollfd wait = {master, POLLIN, 0};
    poll(&wait, 1, LOOK_MS);
    show(master);
  }
  show(master);
  tell_typed(slave);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
