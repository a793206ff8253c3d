// The user's terminal on one side, the sandbox's own on the other. Nothing from inside ever holds a descriptor of the user's terminal, so
// nothing can be typed into it (TIOCSTI) or be left behind in its modes.
#define _GNU_SOURCE
#include "cordon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct pipe_buffer {
  char bytes[16384];
  size_t used;
};

struct terminal {
  int user_in;   // -1: input doesn't come from a terminal, or has ended
  int user_out;
  int master;    // -1 until the sandbox has made it
  bool raw, suspended;
  struct termios saved;
  struct pipe_buffer in, out;
};

// Without a description of our own, O_NONBLOCK would change the shell's.
static int reopen(int fd) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int own = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return own >= 0 ? own : fcntl(fd, F_DUPFD_CLOEXEC, 10);
}

struct terminal *terminal_open(void) {
  int out = isatty(1) ? 1 : isatty(2) ? 2 : isatty(0) ? 0 : -1;
  if (out < 0) return NULL;
  struct terminal *terminal = calloc(1, sizeof *terminal);
  if (terminal == NULL) die("terminal", "out of memory");
  terminal->user_out = reopen(out);
  terminal->user_in = isatty(0) ? reopen(0) : -1;
  terminal->master = -1;
  if (terminal->user_out < 0) die("terminal", "it could not be opened");
  return terminal;
}

static bool foreground(const struct terminal *terminal) {
  return terminal->user_in >= 0 && tcgetpgrp(terminal->user_in) == getpgrp();
}

static void enter_raw(struct terminal *terminal) {
  if (terminal->raw || !foreground(terminal) || tcgetattr(terminal->user_in, &terminal->saved) != 0) return;
  struct termios modes = terminal->saved;
  cfmakeraw(&modes);
  // Somebody else writes to the terminal too (`cordon run … | less`), and counts on its newlines.
  if (!isatty(1)) modes.c_oflag |= terminal->saved.c_oflag & OPOST;
  if (tcsetattr(terminal->user_in, TCSADRAIN, &modes) == 0) terminal->raw = true;
}

void terminal_restore(struct terminal *terminal) {
  if (terminal == NULL || !terminal->raw) return;
  tcsetattr(terminal->user_in, TCSADRAIN, &terminal->saved);
  terminal->raw = false;
}

// A terminal of the sandbox's own, set up like the user's.
void terminal_imitate(int user, int slave) {
  struct termios modes;
  struct winsize size;
  if (tcgetattr(user, &modes) == 0) {
    // Unless both ends are the user's terminal, that turns \n into \r\n itself.
    if (!isatty(0) || !isatty(1)) modes.c_oflag &= ~(tcflag_t)OPOST;
    if (tcsetattr(slave, TCSANOW, &modes) != 0) die("terminal", "its modes could not be set");
  }
  if (ioctl(user, TIOCGWINSZ, &size) == 0 && ioctl(slave, TIOCSWINSZ, &size) != 0) die("terminal", "its size could not be set");
}

void terminal_attach(struct terminal *terminal, int master) {
  int flags = fcntl(master, F_GETFL);
  if (terminal == NULL || flags < 0 || fcntl(master, F_SETFL, flags | O_NONBLOCK) != 0) die("terminal", "it could not be attached");
  terminal->master = master;
  enter_raw(terminal);
}

void terminal_resized(struct terminal *terminal) {
  struct winsize size;
  if (terminal != NULL && terminal->master >= 0 && ioctl(terminal->user_out, TIOCGWINSZ, &size) == 0)
    ioctl(terminal->master, TIOCSWINSZ, &size);
}

void terminal_suspend(struct terminal *terminal) {
  if (terminal == NULL) return;
  terminal_restore(terminal);
  terminal->suspended = true;
}

void terminal_resume(struct terminal *terminal) {
  if (terminal == NULL) return;
  terminal->suspended = false;
  if (terminal->master < 0) return;
  enter_raw(terminal);
  terminal_resized(terminal);
}

enum { SLOT_USER_IN, SLOT_USER_OUT, SLOT_MASTER_IN, SLOT_MASTER_OUT, SLOTS };

size_t terminal_poll(struct terminal *terminal, struct pollfd *slots) {
  if (terminal == NULL || terminal->master < 0) return 0;
  bool reads = terminal->raw && !terminal->suspended && terminal->in.used == 0;
  slots[SLOT_USER_IN] = (struct pollfd){.fd = reads ? terminal->user_in : -1, .events = POLLIN};
  slots[SLOT_USER_OUT] = (struct pollfd){.fd = terminal->out.used > 0 ? terminal->user_out : -1, .events = POLLOUT};
  slots[SLOT_MASTER_IN] = (struct pollfd){.fd = terminal->out.used == 0 ? terminal->master : -1, .events = POLLIN};
  slots[SLOT_MASTER_OUT] = (struct pollfd){.fd = terminal->in.used > 0 ? terminal->master : -1, .events = POLLOUT};
  return SLOTS;
}

static void flush(struct pipe_buffer *buffer, int fd) {
  ssize_t wrote = write(fd, buffer->bytes, buffer->used);
  if (wrote < 0) {
    if (errno != EAGAIN && errno != EINTR) buffer->used = 0;
    return;
  }
  memmove(buffer->bytes, buffer->bytes + wrote, buffer->used - (size_t)wrote);
  buffer->used -= (size_t)wrote;
}

// false: the other side has closed.
static bool fill(struct pipe_buffer *buffer, int fd) {
  ssize_t got = read(fd, buffer->bytes, sizeof buffer->bytes);
  if (got > 0) buffer->used = (size_t)got;
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void terminal_ready(struct terminal *terminal, const struct pollfd *slots, size_t count) {
  if (count < SLOTS) return;
  if (slots[SLOT_USER_IN].revents != 0 && !fill(&terminal->in, terminal->user_in)) terminal->user_in = -1;
  if (slots[SLOT_MASTER_IN].revents != 0) fill(&terminal->out, terminal->master);
  if (terminal->in.used > 0) flush(&terminal->in, terminal->master);
  if (terminal->out.used > 0) flush(&terminal->out, terminal->user_out);
}

// The sandbox is gone: what it wrote last must still be seen. A terminal that takes nothing for a second has lost its reader.
void terminal_drain(struct terminal *terminal) {
  if (terminal == NULL || terminal->master < 0) return;
  for (;;) {
    if (terminal->out.used == 0) {
      ssize_t got = read(terminal->master, terminal->out.bytes, sizeof terminal->out.bytes);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return;
      terminal->out.used = (size_t)got;
    }
    struct pollfd slot = {.fd = terminal->user_out, .events = POLLOUT};
    if (poll(&slot, 1, 1000) <= 0) return;
    flush(&terminal->out, terminal->user_out);
  }
}
