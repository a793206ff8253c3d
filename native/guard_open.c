// Opens for writing and creating in guarded trees: done here on a copy of the path, and the descriptor handed in.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_LINKS = 40 };

// Opening one's own descriptor anew (`> /dev/stderr`): only a plain file, only as it is open already, and never a protected name.
static void reopen_descriptor(struct call *call, int descriptor, uint64_t flags) {
  struct stat status;
  struct place place = {.parent = -1};
  char entry[16];
  int taken = place_take(call, descriptor), fd = -1;
  int how = taken < 0 ? -1 : fcntl(taken, F_GETFL);
  int wanted = (int)flags & O_ACCMODE, has = how & O_ACCMODE;
  bool asks_no_more = wanted == O_ACCMODE ? false : has == O_RDWR || (wanted == has && (wanted != O_RDONLY || (flags & O_TRUNC) == 0));
  if (how >= 0 && (how & O_PATH) == 0 && asks_no_more && fstat(taken, &status) == 0 && S_ISREG(status.st_mode) &&
      place_path_of(call->guard, taken, place.path, PATH_MAX)) {
    struct verdict verdict = names_judge(call->guard->list, place.path);
    if (verdict.kind != NAME_NONE) {
      close(taken);
      answer_refused(call, "open", &place, verdict);
      return;
    }
    snprintf(entry, sizeof entry, "%d", taken);
    fd = openat(call->guard->own_fds, entry, ((int)flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_NOCTTY | O_CLOEXEC);
  }
  if (taken >= 0) close(taken);
  if (fd >= 0) answer_descriptor(call, fd, (flags & O_CLOEXEC) != 0);
  // Not ours to open: Landlock and the file's own rules decide, but for truncating, which old versions of it let pass.
  else if ((flags & O_TRUNC) != 0 && wanted == O_RDONLY) answer_error(call, EACCES);
  else answer_continue(call);
}

// Opening a FIFO waits for the other side: in a child, so that nobody else's call waits with it. The child opens what is held here, by
// descriptor: the name may be something else by then.
static void open_in_child(struct call *call, struct place *place, uint64_t flags) {
  struct stat status;
  char entry[32];
  int path = openat(place->parent, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  pid_t child = path >= 0 && fstat(path, &status) == 0 && S_ISFIFO(status.st_mode) ? fork() : -1;
  if (child < 0) answer_error(call, path < 0 ? errno : ENXIO);
  if (child != 0) {
    if (path >= 0) close(path);
    return;
  }
  if (set_parent_death(SIGKILL) != 0) _exit(1);
  snprintf(entry, sizeof entry, "self/fd/%d", path);
  int fd = openat(call->guard->proc, entry, ((int)flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW)) | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) answer_error(call, errno);
  else answer_descriptor(call, fd, (flags & O_CLOEXEC) != 0);
  _exit(0);
}

// Opens an existing file, or makes it, and tells which: only what was made here may be taken away again. O_NONBLOCK: a FIFO or a lease
// must not stop this process; what is new is neither.
static int open_or_make(const struct place *place, int flags, mode_t mode, bool *made) {
  struct stat status;
  for (int tries = 0; tries < 16; tries++) {
    int fd = (flags & O_CREAT) == 0 ? -1 : openat(place->parent, place->name, flags | O_EXCL, mode);
    *made = fd >= 0;
    if (fd >= 0 || ((flags & O_CREAT) != 0 && (errno != EEXIST || (flags & O_EXCL) != 0))) return fd;
    fd = openat(place->parent, place->name, (flags & ~O_CREAT) | O_NONBLOCK);
    if (fd >= 0 && (flags & O_CREAT) != 0 && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
      close(fd);
      errno = EISDIR;
      return -1;
    }
    // Gone since it was there: made after all.
    if (fd >= 0 || errno != ENOENT || (flags & O_CREAT) == 0) return fd;
  }
  return -1;
}

// Opens the last component. Returns false with errno ELOOP when it is a link that has to be followed.
static bool open_here(struct call *call, struct place *place, uint64_t flags, mode_t mode, off_t truncate_to) {
  struct stat status;
  if (!answer_wanted(call)) return true;
  mode &= ~place_umask(call) & MODE_FILE;
  bool made;
  int fd = open_or_make(place, (int)flags | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, mode, &made);
  bool waits = (flags & O_NONBLOCK) == 0 && !made;
  if (fd < 0 && errno == ELOOP && (flags & O_NOFOLLOW) == 0) return false;
  if (fd < 0) {
    if (errno == ENXIO && waits) open_in_child(call, place, flags);
    else answer_error(call, errno);
    return true;
  }
  if ((flags & O_CREAT) != 0 && guard_moved(call, place, false)) {
    if (made) guard_take_away(call, place, 0);
    close(fd);
    answer_refused(call, "open", place, (struct verdict){.kind = NAME_PROTECT});
    return true;
  }
  if (!made && (fstat(fd, &status) != 0 || (S_ISFIFO(status.st_mode) && waits))) {
    close(fd);
    open_in_child(call, place, flags);
    return true;
  }
  if (truncate_to >= 0) {
    int result = ftruncate(fd, truncate_to), cause = errno;
    close(fd);
    errno = cause;
    answer_result(call, result);
    return true;
  }
  int present = waits ? fcntl(fd, F_GETFL) : 0;
  if (waits && (present < 0 || fcntl(fd, F_SETFL, present & ~O_NONBLOCK) != 0)) {
    close(fd);
    answer_error(call, EIO);
    return true;
  }
  answer_descriptor(call, fd, (flags & O_CLOEXEC) != 0);
  return true;
}

// Reads the link that the last component is; false when it is none.
static bool read_link(const struct place *place, char *text) {
  ssize_t size = readlinkat(place->parent, place->name, text, PATH_MAX - 1);
  if (size <= 0 || size >= PATH_MAX - 1) return false;
  text[size] = 0;
  return true;
}

static void open_path(struct call *call, int dirfd, char *path, uint64_t flags, mode_t mode, off_t truncate_to) {
  struct place place;
  struct start start = {.held = -1, .dirfd = dirfd};
  char text[PATH_MAX];
  bool follows = (flags & O_NOFOLLOW) == 0 && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
  // Landlock learned to refuse truncation late (ABI 3), and it takes no write access: such a call is never continued.
  bool truncates = truncate_to >= 0 || ((flags & O_TRUNC) != 0 && (flags & O_ACCMODE) == O_RDONLY);
  for (int links = 0; links < MAX_LINKS; links++) {
    int descriptor = place_descriptor(path);
    if (descriptor >= 0) {
      if (start.held >= 0) close(start.held);
      if (truncate_to >= 0) answer_error(call, EACCES);
      else reopen_descriptor(call, descriptor, flags);
      return;
    }
    int found = place_resolve(call, start, path, &place);
    if (found != PLACE_OK) {
      if (found == PLACE_MISSING) answer_error(call, errno);
      else if (truncates) answer_error(call, ENOENT);
      else answer_continue(call);
      return;
    }
    if (truncates) place.guarded = true;
    bool is_link = false;
    if (place.slash && truncates) {
      answer_error(call, EISDIR);
    } else if (place.slash || !place.guarded) {
      is_link = !place.slash && follows && read_link(&place, text);
      if (!is_link) answer_continue(call);
    } else if (!guard_refuses(call, &place, "open", false)) {
      is_link = !open_here(call, &place, flags, mode, truncate_to);
      if (is_link && !read_link(&place, text)) {
        answer_error(call, ELOOP);
        is_link = false;
      }
    }
    if (!is_link) {
      place_close(&place);
      return;
    }
    // A relative link starts where it stands, an absolute one at the root that this process shares.
    start.held = place.parent;
    strcpy(path, text);
  }
  if (start.held >= 0) close(start.held);
  answer_error(call, ELOOP);
}

// An unnamed file in a folder: the folder's own path is what is judged.
static void open_unnamed(struct call *call, int dirfd, const char *path, uint64_t flags, mode_t mode) {
  struct place place = {.parent = -1};
  int dir = place_open(call, (struct start){.held = -1, .dirfd = dirfd}, path);
  bool ruled;
  if (dir < 0 || !place_path_of(call->guard, dir, place.path, PATH_MAX) || !names_guarded(call->guard->list, place.path, &ruled) ||
      !answer_wanted(call)) {
    if (dir >= 0) close(dir);
    answer_continue(call);
    return;
  }
  struct verdict verdict = names_judge(call->guard->list, place.path);
  int fd = verdict.kind != NAME_NONE ? -1 : openat(dir, ".", (int)flags | O_CLOEXEC, mode & ~place_umask(call) & MODE_FILE);
  int cause = errno;
  close(dir);
  if (verdict.kind != NAME_NONE) answer_refused(call, "open", &place, verdict);
  else if (fd < 0) answer_error(call, cause);
  else answer_descriptor(call, fd, (flags & O_CLOEXEC) != 0);
}

void guard_open(struct call *call, int dirfd, uint64_t path, uint64_t flags, mode_t mode) {
  char text[PATH_MAX];
  // The two commonest cases that need no thought: nothing can be changed through them.
  if ((flags & O_PATH) != 0 || place_read_text(call, path, text, sizeof text) <= 0 || strcmp(text, "/dev/null") == 0) {
    answer_continue(call);
    return;
  }
  if ((flags & O_TMPFILE) == O_TMPFILE) open_unnamed(call, dirfd, text, flags, mode);
  else open_path(call, dirfd, text, flags, mode, -1);
}

void guard_truncate(struct call *call, uint64_t path, off_t size) {
  char text[PATH_MAX];
  if (size < 0 || place_read_text(call, path, text, sizeof text) <= 0) answer_error(call, size < 0 ? EINVAL : ENOENT);
  else open_path(call, AT_FDCWD, text, O_WRONLY, 0, size);
}
