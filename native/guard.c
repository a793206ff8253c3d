// The guard: a process of ours with the sandbox's root but outside of its process namespace. It receives the calls by which files are
// made or changed, and makes those in guarded trees itself, so that a name is judged at any depth and before it exists. It decides
// nothing but names, and holds no privilege but reading its callers' memory.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

// Moves into the sandbox's mount tree and gives up everything else.
void guard_enter(const struct sandbox *sandbox) {
  if (!enter_namespace(sandbox->mount_ns, CLONE_NEWNS) || chdir("/") != 0) die("guard", "the sandbox's tree could not be entered");
  if (prctl(PR_SET_SECUREBITS, 4 /* SECBIT_NO_SETUID_FIXUP */, 0, 0, 0) != 0 || !enter_ids(sandbox))
    die("guard", "its ids could not be taken");
  confine_capabilities(true);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || set_parent_death(SIGKILL) != 0) die("guard", "prctl");
  // Gone before we asked to be told.
  if (getppid() != sandbox->outer) _exit(1);
}

// After a call that was gone before we looked. When nobody is left who could make one, asking again would be a loop without an end.
static void rest(int notify) {
  struct pollfd polled = {.fd = notify, .events = POLLIN};
  if (poll(&polled, 1, 0) == 1 && (polled.revents & (POLLHUP | POLLIN)) == POLLHUP)
    // The outer process ends us with the sandbox.
    for (;;) pause();
}

static void dispatch(struct call *call) {
  const uint64_t *a = call->notif.data.args;
  int d0 = (int)a[0], d1 = (int)a[1], d2 = (int)a[2];
  switch (call->notif.data.nr) {
    case SYS_openat: guard_open(call, d0, a[1], a[2], (mode_t)a[3] & 07777); break;
    case SYS_mkdirat: guard_make_directory(call, d0, a[1], (mode_t)a[2] & 07777); break;
    case SYS_mknodat: guard_make_node(call, d0, a[1], (mode_t)a[2], (dev_t)a[3]); break;
    case SYS_symlinkat: guard_symlink(call, a[0], d1, a[2]); break;
    case SYS_linkat: guard_link(call, d0, a[1], d2, a[3], (int)a[4]); break;
    case SYS_unlinkat: guard_unlink(call, d0, a[1], d2); break;
    case SYS_renameat2: guard_rename(call, d0, a[1], d2, a[3], (unsigned)a[4]); break;
    case SYS_renameat: guard_rename(call, d0, a[1], d2, a[3], 0); break;
    case SYS_truncate: guard_truncate(call, a[0], (off_t)a[1]); break;
    case SYS_fchmodat: guard_set_mode(call, d0, a[1], (mode_t)a[2], 0); break;
    case SYS_fchmodat2: guard_set_mode(call, d0, a[1], (mode_t)a[2], (int)a[3]); break;
    case SYS_fchmod: guard_set_mode_of(call, d0, (mode_t)a[1]); break;
    case SYS_bind: guard_bind(call, d0, a[1], (size_t)(unsigned)a[2]); break;
    case SYS_execve: guard_execute(call, AT_FDCWD, a[0], a[1], 0); break;
    case SYS_execveat: guard_execute(call, d0, a[1], a[2], (int)a[4]); break;
    case SYS_connect: guard_connect(call, d0, a[1], (size_t)(unsigned)a[2]); break;
    case SYS_umask:
      if ((a[0] & 0777) != call->guard->first_umask || call->guard->umask_changes > 0) call->guard->umask_changes++;
      answer_continue(call);
      break;
#ifdef SYS_open
    case SYS_open: guard_open(call, AT_FDCWD, a[0], a[1], (mode_t)a[2] & 07777); break;
    case SYS_creat: guard_open(call, AT_FDCWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, (mode_t)a[1] & 07777); break;
    case SYS_mkdir: guard_make_directory(call, AT_FDCWD, a[0], (mode_t)a[1] & 07777); break;
    case SYS_mknod: guard_make_node(call, AT_FDCWD, a[0], (mode_t)a[1], (dev_t)a[2]); break;
    case SYS_symlink: guard_symlink(call, a[0], AT_FDCWD, a[1]); break;
    case SYS_link: guard_link(call, AT_FDCWD, a[0], AT_FDCWD, a[1], 0); break;
    case SYS_unlink: guard_unlink(call, AT_FDCWD, a[0], 0); break;
    case SYS_rmdir: guard_unlink(call, AT_FDCWD, a[0], AT_REMOVEDIR); break;
    case SYS_rename: guard_rename(call, AT_FDCWD, a[0], AT_FDCWD, a[1], 0); break;
    case SYS_chmod: guard_set_mode(call, AT_FDCWD, a[0], (mode_t)a[1], 0); break;
#endif
    // The filter sends nothing else here.
    default: answer_error(call, ENOSYS); break;
  }
}

_Noreturn void guard_main(const struct sandbox *sandbox) {
  const struct op *mask = ops_find(sandbox->list, OP_UMASK), *filter = ops_find(sandbox->list, OP_SECCOMP);
  struct guard guard = {.list = sandbox->list,
                        .notify = sandbox->notify,
                        .proc = sandbox->host_proc,
                        .first = sandbox->first,
                        .nested = filter != NULL && (filter->field[1].number & SECCOMP_NESTED) != 0,
                        .first_umask = mask == NULL ? 022 : (mode_t)(mask->field[0].number & 0777)};
  guard.own_fds = openat(sandbox->host_proc, "self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (guard.own_fds < 0) die("guard", "its own descriptors could not be opened");
  guard_enter(sandbox);
  // Without stdio: the guard never speaks but on the control socket.
  if (!close_others(0, (const int[]){FD_CONTROL, guard.notify, guard.proc, guard.own_fds}, 4)) die("guard", "descriptors");
  umask(0);
  // Children that wait for a FIFO are nobody's business once they are done.
  signal(SIGCHLD, SIG_IGN);
  ioctl(guard.notify, CORDON_NOTIF_SET_FLAGS, CORDON_NOTIF_FD_SYNC_WAKE_UP);
  for (;;) {
    struct call call = {.guard = &guard};
    guard_wait(&guard);
    if (ioctl(guard.notify, CORDON_NOTIF_RECV, &call.notif) == 0) {
      dispatch(&call);
      guard_unlock(&guard);
    }
    else if (errno == ENOENT) rest(guard.notify);
    else if (errno != EINTR) _exit(1);
  }
}
