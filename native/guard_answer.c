// The answers that a notified call can get.
//
// CONTINUE lets the kernel run the call with whatever the caller's memory holds by then, so it is never a decision: Landlock refuses every
// change in a guarded tree to the sandbox itself, and a continued call can at most do what was free to do anyway.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <sched.h>
#include <sys/ioctl.h>

static void send_answer(const struct call *call, struct cordon_notif_resp answer) {
  answer.id = call->notif.id;
  // ENOENT: the caller was killed in the meantime; nobody waits.
  while (ioctl(call->guard->notify, CORDON_NOTIF_SEND, &answer) != 0 && errno == EINTR) {
  }
}

void answer_continue(const struct call *call) { send_answer(call, (struct cordon_notif_resp){.flags = CORDON_NOTIF_FLAG_CONTINUE}); }

void answer_error(const struct call *call, int error) { send_answer(call, (struct cordon_notif_resp){.error = -error}); }

void answer_result(const struct call *call, int result) {
  if (result < 0) answer_error(call, errno);
  else send_answer(call, (struct cordon_notif_resp){.val = result});
}

// The kernel wakes the caller to take its descriptor wherever a processor idles; out of a deep sleep that costs more than all the rest.
// Kept on this one, where it has just gone to sleep, it goes on at once (docs/discoveries/notification-wake-ups.md).
static bool keep_here(const struct call *call, cpu_set_t *before) {
  int cpu = sched_getcpu();
  cpu_set_t here;
  if (cpu < 0 || sched_getaffinity((pid_t)call->notif.pid, sizeof *before, before) != 0) return false;
  CPU_ZERO(&here);
  CPU_SET(cpu, &here);
  return CPU_ISSET(cpu, before) && CPU_COUNT(before) > 1 && sched_setaffinity((pid_t)call->notif.pid, sizeof here, &here) == 0;
}

// Gives the caller the descriptor as the result of its call, and closes ours.
void answer_descriptor(const struct call *call, int fd, bool close_on_exec) {
  struct cordon_notif_addfd add = {.id = call->notif.id,
                                   .flags = CORDON_ADDFD_SEND,
                                   .srcfd = (uint32_t)fd,
                                   .newfd_flags = close_on_exec ? 02000000u : 0};
  cpu_set_t before;
  bool kept = keep_here(call, &before);
  int result = ioctl(call->guard->notify, CORDON_NOTIF_ADDFD, &add);
  if (kept) sched_setaffinity((pid_t)call->notif.pid, sizeof before, &before);
  if (result < 0 && errno == EINVAL) {
    // Before Linux 5.14 in two steps: the descriptor first, then the answer.
    add.flags = 0;
    result = ioctl(call->guard->notify, CORDON_NOTIF_ADDFD, &add);
    if (result >= 0) answer_result(call, result);
  }
  int cause = errno;
  close(fd);
  if (result < 0) answer_error(call, cause);
}

// The process numbers and memory that were looked at belong to the caller only while it still waits.
bool answer_wanted(const struct call *call) {
  uint64_t id = call->notif.id;
  return ioctl(call->guard->notify, CORDON_NOTIF_ID_VALID, &id) == 0;
}

void answer_refused(const struct call *call, const char *operation, const struct place *place, struct verdict verdict) {
  static const char *const KINDS[] = {"protect", "protect", "deny", "git-config"};
  char escaped[3 * sizeof place->path + 1];
  escape_text(escaped, sizeof escaped, place->path);
  report_line("protected %s %s %u %s", KINDS[verdict.kind], operation, call->notif.pid, escaped);
  answer_error(call, EACCES);
}
