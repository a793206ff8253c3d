// A wall of another program's (bubblewrap, firejail, unshare, a container engine): the outer process starts that program, waits for the
// cordon-init that it runs inside, and hands it what it needs. What takes rights over the wall's namespaces (the network, masks) is done
// from here: who made them has those rights, and so nobody inside needs any.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { MAX_FILES = 256, GONE_MS = 5000 };

static int memory_file(const char *name, const char *bytes, size_t size) {
  int fd = memfd_create(name, MFD_CLOEXEC);
  for (size_t done = 0; fd >= 0 && done < size;) {
    ssize_t wrote = write(fd, bytes + done, size - done);
    if (wrote <= 0) die("wall", "a file could not be made in memory");
    done += (size_t)wrote;
  }
  if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0) die("wall", "a file could not be made in memory");
  return fd;
}

static char **words(const struct op_list *list, enum op_code code) {
  size_t count = 0, used = 0;
  FOR_OPS(list, code, op) count++;
  char **texts = malloc((count + 1) * sizeof *texts);
  if (texts == NULL) die("wall", "out of memory");
  FOR_OPS(list, code, op) texts[used++] = list->buffer + (op->field[0].bytes - list->buffer);
  texts[used] = NULL;
  return texts;
}

// Out of the range of the numbers that descriptors are given in the program.
static int raised(int fd) {
  int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST_FILE + MAX_FILES);
  if (high < 0) die("wall", "a descriptor could not be moved");
  close(fd);
  return high;
}

static void place(int fd, int number) {
  if (dup2(fd, number) < 0) die("wall", "descriptor %d could not be made", number);
}

// Becomes the program: with nothing of the command's. Its own words are kept in memory, to be told if it fails.
_Noreturn static void become(const struct sandbox *sandbox, int meeting) {
  const struct op_list *list = sandbox->list;
  char **argv = words(list, OP_WALL), **envp = words(list, OP_WALL_ENV);
  int files[MAX_FILES];
  size_t count = 0;
  FOR_OPS(list, OP_WALL_FILE, op) {
    if (op->field[0].number != FD_FIRST_FILE + count || count == MAX_FILES) die("wall", "its files aren't numbered one after the other");
    files[count++] = raised(memory_file("file", op->field[1].bytes, op->field[1].size));
  }
  int nothing = raised(open("/dev/null", O_RDWR | O_CLOEXEC)), self = raised(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  int channel = meeting < 0 ? -1 : raised(meeting), complaints = raised(sandbox->complaints);
  place(nothing, 0);
  place(nothing, 1);
  place(complaints, 2);
  for (size_t i = 0; i < count; i++) place(files[i], (int)(FD_FIRST_FILE + i));
  if (channel >= 0) place(channel, FD_MEETING);
  place(self, FD_SELF);
  // Descriptor 4 stays for one that can't be executed; it closes with the exec.
  if (fcntl(FD_CONTROL, F_SETFD, FD_CLOEXEC) != 0) _exit(EXIT_CORDON);
  if (channel < 0) close(FD_MEETING);
  close(FD_CHANNEL);
  for (int fd = FD_SELF + 1; fd < FD_FIRST_FILE; fd++) close(fd);
  if (cordon_close_range((unsigned)(FD_FIRST_FILE + count), ~0u) != 0) _exit(EXIT_CORDON);
  // In a session of its own: what is typed is for the command, by its own terminal.
  setsid();
  sigset_t none;
  sigemptyset(&none);
  if (sigprocmask(SIG_SETMASK, &none, NULL) != 0 || set_parent_death(SIGKILL) != 0) die("wall", "signals");
  if (getppid() != sandbox->outer) _exit(EXIT_CORDON);
  execve(argv[0], argv, envp);
  die("wall", "%s could not be executed", argv[0]);
}

// Where descriptors don't pass: a socket in a folder that only this user can enter, gone with the first connection.
static int listen_at(const char *path) {
  mode_t mask = umask(077);
  int listener = meet_socket(path, true);
  umask(mask);
  if (listener < 0) die("wall", "no socket could be made in the run's folder");
  return listener;
}

static void tell_senders(const struct sandbox *sandbox, int on) {
  if (setsockopt(sandbox->inner, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) die("wall", "the channel can't say who sends");
}

void wall_start(struct sandbox *sandbox) {
  const struct op *place_of_meeting = ops_find(sandbox->list, OP_WALL_MEET);
  int pair[2] = {-1, -1};
  sandbox->complaints = memory_file("complaints", "", 0);
  if (place_of_meeting != NULL) pair[0] = listen_at(place_of_meeting->field[0].bytes);
  else if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) die("wall", "no channel");
  sandbox->inner = pair[0];
  // Who is accepted at a listener is like it from its first word on.
  tell_senders(sandbox, 1);
  sandbox->stage = place_of_meeting != NULL ? WALL_MEETING : WALL_STARTED;
  sandbox->child = fork();
  if (sandbox->child < 0) die("wall", "it could not be started");
  if (sandbox->child == 0) become(sandbox, pair[1]);
  if (pair[1] >= 0) close(pair[1]);
}

static bool accept_first(struct sandbox *sandbox) {
  int fd = accept4(sandbox->inner, NULL, NULL, SOCK_CLOEXEC);
  unlink(ops_find(sandbox->list, OP_WALL_MEET)->field[0].bytes);
  close(sandbox->inner);
  errno = EPERM;
  if (fd < 0 || !meet_is_own(fd)) die("wall", "whoever came to the socket isn't the sandbox");
  sandbox->inner = fd;
  sandbox->stage = WALL_STARTED;
  return true;
}

static void know_first(struct sandbox *sandbox, pid_t pid) {
  if (pid == sandbox->first) return;
  if (sandbox->first_pidfd >= 0) close(sandbox->first_pidfd);
  sandbox->first = pid;
  sandbox->first_pidfd = pidfd_of(pid);
  if (sandbox->first_pidfd < 0) die("wall", "no pidfd");
}

// The kernel says who it is that speaks: that one is the sandbox's first process.
static bool hear_first(struct sandbox *sandbox, struct message *message) {
  struct iovec data = {.iov_base = message, .iov_len = sizeof *message};
  union {
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof control);
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t got;
  do got = recvmsg(sandbox->inner, &header, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got != (ssize_t)sizeof *message) return false;
  struct cmsghdr *first = CMSG_FIRSTHDR(&header);
  struct ucred sender = {0};
  if (first != NULL && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_CREDENTIALS)
    memcpy(&sender, CMSG_DATA(first), sizeof sender);
  errno = ESRCH;
  if (sender.pid <= 0) die("wall", "the sandbox's first process has no number here");
  know_first(sandbox, sender.pid);
  return true;
}

static void give_descriptors(const struct sandbox *sandbox) {
  for (int fd = 0; fd <= 2; fd++) channel_send(sandbox->inner, 'F', fd, fd);
  channel_send(sandbox->inner, 'F', FD_CONTROL, FD_CONTROL);
  if (sandbox->channel) channel_send(sandbox->inner, 'F', FD_CHANNEL, FD_CHANNEL);
  int ops = memory_file("ops", sandbox->list->buffer, sandbox->list->size);
  channel_send(sandbox->inner, 'F', FD_OPS, ops);
  close(ops);
}

static bool is_own_namespace(pid_t pid, const char *name) {
  int theirs = enter_open(pid, name), ours = enter_open(getpid(), name);
  struct stat one, other;
  bool differs = fstat(theirs, &one) == 0 && fstat(ours, &other) == 0 && one.st_ino != other.st_ino;
  close(theirs);
  close(ours);
  return differs;
}

static void set_attributes(int root, const struct op *op) {
  const char *path = op->field[0].bytes;
  uint64_t flags = op->field[1].number;
  int at = (int)cordon_openat2(root, path[1] == 0 ? "." : path + 1, O_PATH | O_CLOEXEC,
                               CORDON_RESOLVE_IN_ROOT | CORDON_RESOLVE_NO_MAGICLINKS | CORDON_RESOLVE_NO_SYMLINKS);
  struct cordon_mount_attr attr = {0};
  if ((flags & ATTRIBUTE_READ_ONLY) != 0) attr.attr_set |= CORDON_ATTR_RDONLY;
  if ((flags & ATTRIBUTE_NO_EXEC) != 0) attr.attr_set |= CORDON_ATTR_NOEXEC;
  if (at < 0 || syscall(SYS_mount_setattr, at, "", AT_EMPTY_PATH, &attr, sizeof attr) != 0)
    die("mount", "%s could not be given its attributes", path);
  close(at);
}

// What the wall's program can't do, in its namespaces.
_Noreturn static void finish_wall(const struct sandbox *sandbox, int outer) {
  const struct op_list *list = sandbox->list;
  if (!enter_namespace(sandbox->net_ns, CLONE_NEWNET)) die("network", "the sandbox's network could not be entered");
  network_setup(list, outer);
  // A tree that cordon-init builds itself has them from the start.
  if (ops_find(list, OP_ROOT) != NULL) _exit(0);
  int root = -1;
  if (enter_namespace(sandbox->mount_ns, CLONE_NEWNS)) root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) die("mount", "the sandbox's tree could not be entered");
  FOR_OPS(list, OP_ATTRIBUTES, op) set_attributes(root, op);
  FOR_OPS(list, OP_MASK, op)
    if (special_mask(root, op->field[0].bytes) != 0) die("mask", "%s could not be hidden", op->field[0].bytes);
  _exit(0);
}

static void finish_by_child(const struct sandbox *sandbox, struct listeners *listeners) {
  int pair[2], status;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) die("wall", "no channel");
  pid_t child = fork();
  if (child < 0) die("wall", "no process");
  if (child == 0) finish_wall(sandbox, pair[1]);
  close(pair[1]);
  struct message message;
  for (int descriptor; channel_receive(pair[0], &message, &descriptor);) listeners_keep(listeners, descriptor);
  close(pair[0]);
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) die("wall", "a process was lost");
  // It has said why. Everything else ends with us.
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) _exit(EXIT_CORDON);
}

static bool complete(struct sandbox *sandbox, struct listeners *listeners) {
  struct message message;
  // Not who greeted, where the wall has no process namespace of its own.
  if (!hear_first(sandbox, &message) || message.kind != 'V') return false;
  tell_senders(sandbox, 0);
  static const char *const OWN[] = {"mnt", "net", "pid", "ipc"};
  for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) {
    errno = 0;
    if (!is_own_namespace(sandbox->first, OWN[i])) die("wall", "the sandbox shares its %s namespace with the host", OWN[i]);
  }
  sandbox->only_killed = message.value != 1;
  sandbox->mount_ns = enter_open(sandbox->first, "mnt");
  sandbox->net_ns = enter_open(sandbox->first, "net");
  finish_by_child(sandbox, listeners);
  if (ops_find(sandbox->list, OP_DIAL) != NULL) sandbox->dials = dial_start(sandbox);
  sandbox->stage = WALL_DONE;
  channel_send(sandbox->inner, 'M', 0, -1);
  return true;
}

// One step for each message of the first process. false: the channel is closed.
bool wall_advance(struct sandbox *sandbox, struct listeners *listeners) {
  if (sandbox->stage == WALL_MEETING) return accept_first(sandbox);
  if (sandbox->stage == WALL_GIVEN) return complete(sandbox, listeners);
  struct message message;
  if (!hear_first(sandbox, &message) || message.kind != 'I') return false;
  give_descriptors(sandbox);
  sandbox->stage = WALL_GIVEN;
  return true;
}

// The program may have been ended before what it started was.
void wall_wait(const struct sandbox *sandbox) {
  if (sandbox->stage == WALL_MEETING) unlink(ops_find(sandbox->list, OP_WALL_MEET)->field[0].bytes);
  struct pollfd polled = {.fd = sandbox->first_pidfd, .events = POLLIN};
  if (polled.fd < 0) return;
  syscall(SYS_pidfd_send_signal, sandbox->first_pidfd, SIGKILL, NULL, 0);
  while (poll(&polled, 1, GONE_MS) < 0 && errno == EINTR) {
  }
}

// The program ended before the sandbox stood: its last words say why.
_Noreturn void wall_failed(const struct sandbox *sandbox, int status) {
  char text[600];
  off_t end = lseek(sandbox->complaints, 0, SEEK_END);
  off_t from = end < (off_t)sizeof text ? 0 : end - (off_t)sizeof text + 1;
  ssize_t got = pread(sandbox->complaints, text, sizeof text - 1, from);
  if (got < 0) got = 0;
  while (got > 0 && text[got - 1] == '\n') got--;
  text[got] = 0;
  const char *program = ops_find(sandbox->list, OP_WALL)->field[0].bytes;
  errno = 0;
  if (WIFSIGNALED(status)) die("wall", "%s was ended by signal %d: %s", program, WTERMSIG(status), text);
  die("wall", "%s ended with status %d: %s", program, WEXITSTATUS(status), text);
}
