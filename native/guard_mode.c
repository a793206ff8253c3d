// Mode bits of protected files: an existing hook that isn't executable must not become so. Never answered with CONTINUE: Landlock doesn't
// judge modes, so the path has to be the one that was looked at.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

// Sets the mode of what `target` (held by descriptor) is, through its entry below /proc: chmod(2) has no form for O_PATH descriptors.
static void set_mode(struct call *call, int target, mode_t mode) {
  struct place place = {.parent = -1};
  char entry[16];
  bool ruled = false;
  errno = 0;
  bool known = place_path_of(call->guard, target, place.path, PATH_MAX), too_deep = !known && errno == ENAMETOOLONG;
  if (known) names_guarded(call->guard->list, place.path, &ruled);
  struct verdict verdict = ruled ? names_judge(call->guard->list, place.path) : (struct verdict){.kind = NAME_NONE};
  struct stat status;
  bool directory = fstat(target, &status) == 0 && S_ISDIR(status.st_mode);
  // Git tries on the config that it has just made whether modes are kept here.
  struct made *own = made_find_held(target);
  if (verdict.kind != NAME_NONE && (verdict.kind != NAME_GIT_CONFIG || own == NULL)) {
    answer_refused(call, "chmod", &place, verdict);
  } else if (too_deep || !answer_wanted(call)) {
    // Deeper than a path can tell a protected file could have been carried.
    answer_error(call, too_deep ? EACCES : EINTR);
  } else if ((mode & 07777 & ~(mode_t)(directory ? MODE_DIRECTORY : MODE_FILE)) != 0) {
    answer_error(call, EPERM);
  } else {
    snprintf(entry, sizeof entry, "%d", target);
    int result = fchmodat(call->guard->own_fds, entry, mode & 07777, 0), cause = errno;
    if (own != NULL) made_renew(own, target);
    errno = cause;
    answer_result(call, result);
  }
  close(target);
}

void guard_set_mode(struct call *call, int dirfd, uint64_t path, mode_t mode, int flags) {
  char text[PATH_MAX];
  if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
    answer_error(call, EINVAL);
    return;
  }
  ssize_t size = place_read_text(call, path, text, sizeof text);
  if (size < 0 || (size == 0 && (flags & AT_EMPTY_PATH) == 0)) {
    answer_error(call, size < 0 ? EFAULT : ENOENT);
    return;
  }
  if (size == 0) {
    guard_set_mode_of(call, dirfd, mode);
    return;
  }
  int descriptor = place_descriptor(text);
  if (descriptor >= 0) {
    guard_set_mode_of(call, descriptor, mode);
    return;
  }
  int target = place_open_end(call, (struct start){.held = -1, .dirfd = dirfd}, text, (flags & AT_SYMLINK_NOFOLLOW) == 0);
  struct stat status;
  if (target < 0) {
    answer_error(call, errno);
  } else if (fstat(target, &status) == 0 && S_ISLNK(status.st_mode)) {
    close(target);
    answer_error(call, EOPNOTSUPP);
  } else {
    set_mode(call, target, mode);
  }
}

void guard_set_mode_of(struct call *call, int descriptor, mode_t mode) {
  char link[64];
  snprintf(link, sizeof link, "%u/fd/%d", call->notif.pid, descriptor);
  int target = descriptor < 0 ? -1 : openat(call->guard->proc, link, O_PATH | O_CLOEXEC);
  if (target < 0) answer_error(call, EBADF);
  else set_mode(call, target, mode);
}
