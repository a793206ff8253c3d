// The verb `attach`: outside, at the user's terminal, while the run's own cordon-init lets a command join its sandbox (join.c). It relays the
// terminal and signals as it does for a command of its own, and never enters anything itself.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { MEET_MS = 15000 };

// A socket at a path of any length, by its folder's descriptor. -1: errno says why.
int meet_socket(const char *path, bool listens) {
  const char *slash = strrchr(path, '/');
  char folder[4096];
  if (slash == NULL || (size_t)(slash - path) >= sizeof folder) return -1;
  memcpy(folder, path, (size_t)(slash - path));
  folder[slash - path] = 0;
  int dir = open(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (dir < 0) return -1;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int size = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d%s", dir, slash);
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  bool done = fd >= 0 && size > 0 && (size_t)size < sizeof address.sun_path;
  if (done && listens) done = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0;
  else if (done) done = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
  close(dir);
  if (done) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

// Whether the other side is a process of the same user.
bool meet_is_own(int fd) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

// Waits for the run's cordon-init. The supervisor's end of file, or too long: nobody comes.
static int meet(const char *path) {
  mode_t mask = umask(077);
  int listener = meet_socket(path, true);
  umask(mask);
  if (listener < 0) die("attach", "no socket could be made in the run's folder");
  report_line("waiting");
  struct pollfd polled[] = {{.fd = listener, .events = POLLIN}, {.fd = FD_CONTROL, .events = POLLRDHUP}};
  int ready;
  do ready = poll(polled, 2, MEET_MS);
  while (ready < 0 && errno == EINTR);
  int fd = (polled[0].revents & POLLIN) != 0 ? accept4(listener, NULL, NULL, SOCK_CLOEXEC) : -1;
  unlink(path);
  close(listener);
  errno = 0;
  if (fd < 0 || !meet_is_own(fd)) die("attach", "the run didn't come");
  return fd;
}

static int words(const struct op_list *list) {
  int fd = memfd_create("command", MFD_CLOEXEC);
  if (fd < 0 || write(fd, list->buffer, list->size) != (ssize_t)list->size || lseek(fd, 0, SEEK_SET) != 0)
    die("attach", "the command could not be handed over");
  return fd;
}

// What the command needs, to the process inside that will lead it. `slave`: its terminal, or -1.
void attach_give(const struct sandbox *sandbox, int slave) {
  int user = -1;
  for (int fd = 0; fd <= 2; fd++) {
    bool terminal = slave >= 0 && isatty(fd);
    if (terminal && user < 0) user = fd;
    channel_send(sandbox->inner, 'F', fd, terminal ? slave : fd);
  }
  if (slave >= 0) {
    if (user >= 0) terminal_imitate(user, slave);
    channel_send(sandbox->inner, 't', 0, slave);
    close(slave);
  }
  int command = words(sandbox->list);
  channel_send(sandbox->inner, 'O', 0, command);
  close(command);
}

int attach_main(const struct op_list *list) {
  const struct op *place = ops_find(list, OP_MEET);
  errno = EINVAL;
  if (place == NULL || ops_find(list, OP_ARG) == NULL) die("ops", "the op list has no meeting place or no command");
  launch_prepare(list);
  struct sandbox sandbox = {.list = list, .outer = getpid(), .guard = -1, .dialer = -1, .dials = -1, .notify = -1,
                            .mount_ns = -1, .net_ns = -1, .first_pidfd = -1, .host_proc = -1};
  sandbox.inner = meet(place->field[0].bytes);
  return outer_loop(&sandbox);
}
