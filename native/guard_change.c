// Every other change by path in guarded trees: make, link, rename, remove.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>

#ifndef RENAME_EXCHANGE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

enum { MAX_CONFIG = 256 << 10 };

// false: answered already (the path leads nowhere or isn't guarded: the kernel and Landlock decide).
static bool find(struct call *call, int dirfd, uint64_t path, struct place *place) {
  char text[PATH_MAX];
  place->parent = -1;
  return place_read_text(call, path, text, sizeof text) > 0 &&
         place_resolve(call, (struct start){.held = -1, .dirfd = dirfd}, text, place) == PLACE_OK;
}

static bool find_guarded(struct call *call, int dirfd, uint64_t path, struct place *place) {
  if (find(call, dirfd, path, place) && place->guarded && answer_wanted(call)) return true;
  place_close(place);
  answer_continue(call);
  return false;
}

static void finish(struct call *call, struct place *place, int result) {
  int cause = errno;
  place_close(place);
  errno = cause;
  answer_result(call, result);
}

// As finish, for what has just been made: `undo` are the flags that unlinkat takes it away with.
static void finish_made(struct call *call, struct place *place, const char *operation, int result, int undo) {
  int cause = errno;
  if (result == 0 && guard_moved(call, place, undo == AT_REMOVEDIR)) {
    guard_take_away(call, place, undo);
    answer_refused(call, operation, place, (struct verdict){.kind = NAME_PROTECT});
    place_close(place);
    return;
  }
  errno = cause;
  finish(call, place, result);
}

void guard_make_directory(struct call *call, int dirfd, uint64_t path, mode_t mode) {
  struct place place;
  if (!find_guarded(call, dirfd, path, &place)) return;
  if (guard_refuses(call, &place, "mkdir", true)) place_close(&place);
  else finish_made(call, &place, "mkdir", mkdirat(place.parent, place.name, mode & ~place_umask(call) & MODE_DIRECTORY), AT_REMOVEDIR);
}

void guard_make_node(struct call *call, int dirfd, uint64_t path, mode_t mode, dev_t device) {
  struct place place;
  if (!find_guarded(call, dirfd, path, &place)) return;
  if (guard_refuses(call, &place, "mknod", false)) place_close(&place);
  else finish_made(call, &place, "mknod", mknodat(place.parent, place.name, mode & ~place_umask(call) & (S_IFMT | MODE_FILE), device), 0);
}

void guard_symlink(struct call *call, uint64_t target, int dirfd, uint64_t path) {
  struct place place;
  char text[PATH_MAX];
  if (place_read_text(call, target, text, sizeof text) < 0) {
    answer_continue(call);
    return;
  }
  if (!find_guarded(call, dirfd, path, &place)) return;
  struct verdict verdict = place.ruled ? guard_judge(call, &place, false) : (struct verdict){.kind = NAME_NONE};
  if (verdict.kind == NAME_NONE && verdict.prefix) verdict.kind = NAME_PROTECT;
  if (verdict.kind != NAME_NONE) {
    answer_refused(call, "symlink", &place, verdict);
    place_close(&place);
  } else {
    finish_made(call, &place, "symlink", symlinkat(text, place.parent, place.name), 0);
  }
}

void guard_unlink(struct call *call, int dirfd, uint64_t path, int flags) {
  struct place place;
  if (!find_guarded(call, dirfd, path, &place)) return;
  bool directory = (flags & AT_REMOVEDIR) != 0;
  if (place.slash && !directory) {
    place_close(&place);
    answer_error(call, ENOTDIR);
  } else if (guard_refuses(call, &place, directory ? "rmdir" : "unlink", directory)) {
    place_close(&place);
  } else {
    finish(call, &place, unlinkat(place.parent, place.name, flags));
  }
}

// A hard link to one of the caller's own descriptors (how an unnamed file gets its name, open(2) O_TMPFILE).
static bool link_descriptor(struct call *call, int dirfd, const char *text, int flags, struct place *to) {
  char entry[16];
  int descriptor = -1;
  if ((flags & AT_EMPTY_PATH) != 0 && text[0] == 0) descriptor = dirfd;
  else if ((flags & AT_SYMLINK_FOLLOW) != 0) descriptor = place_descriptor(text);
  if (descriptor < 0) return false;
  struct place from = {.parent = -1};
  int taken = place_take(call, descriptor);
  bool known = taken >= 0 && place_path_of(call->guard, taken, from.path, PATH_MAX);
  if (!known || names_judge(call->guard->list, from.path).kind != NAME_NONE) {
    answer_error(call, EACCES);
    place_close(to);
  } else {
    snprintf(entry, sizeof entry, "%d", taken);
    finish_made(call, to, "link", linkat(call->guard->own_fds, entry, to->parent, to->name, AT_SYMLINK_FOLLOW), 0);
  }
  if (taken >= 0) close(taken);
  return true;
}

void guard_link(struct call *call, int old_dirfd, uint64_t old_path, int new_dirfd, uint64_t new_path, int flags) {
  struct place from, to;
  char text[PATH_MAX];
  if (place_read_text(call, old_path, text, sizeof text) < 0) {
    answer_continue(call);
    return;
  }
  if (!find_guarded(call, new_dirfd, new_path, &to)) return;
  if (guard_refuses(call, &to, "link", false)) {
    place_close(&to);
    return;
  }
  if (link_descriptor(call, old_dirfd, text, flags, &to)) return;
  if (!find(call, old_dirfd, old_path, &from)) {
    place_close(&to);
    answer_error(call, ENOENT);
    return;
  }
  // A second name for a protected file would be a way to write it. A link at the end isn't followed: it is linked itself.
  if (guard_refuses(call, &from, "link", false)) place_close(&to);
  else finish_made(call, &to, "link", linkat(from.parent, from.name, to.parent, to.name, 0), 0);
  place_close(&from);
}

// A whole small plain file, or -1.
static ssize_t read_small(int dir, const char *name, char *content, struct stat *status) {
  int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  ssize_t size = fd >= 0 && fstat(fd, status) == 0 && S_ISREG(status->st_mode) ? read(fd, content, MAX_CONFIG + 1) : -1;
  if (fd >= 0) close(fd);
  return size > MAX_CONFIG ? -1 : size;
}

// Moves a new version of a git config into place: its content is judged and written to a file that nothing inside ever held open.
static int replace_config(struct place *from, struct place *to, const char **problem) {
  static char content[MAX_CONFIG + 1], judged[MAX_CONFIG + 1], old[MAX_CONFIG + 1];
  char fresh[NAME_MAX + 1];
  struct stat status;
  *problem = "it isn't a plain small file";
  if ((size_t)snprintf(fresh, sizeof fresh, "%s" OWN_ENDING, to->name) >= sizeof fresh) return -1;
  ssize_t old_size = read_small(to->parent, to->name, old, &status);
  ssize_t size = read_small(from->parent, from->name, content, &status);
  errno = EACCES;
  if (size < 0) return -1;
  memcpy(judged, content, (size_t)size);
  *problem = gitconfig_problem(judged, (size_t)size, old, old_size < 0 ? 0 : (size_t)old_size);
  if (*problem != NULL) return -1;
  unlinkat(to->parent, fresh, 0);
  int out = openat(to->parent, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, status.st_mode & 0777);
  if (out < 0) return -1;
  bool whole = write(out, content, (size_t)size) == size;
  if (close(out) != 0 || !whole || renameat(to->parent, fresh, to->parent, to->name) != 0) {
    int cause = whole ? errno : ENOSPC;
    unlinkat(to->parent, fresh, 0);
    errno = cause;
    return -1;
  }
  return unlinkat(from->parent, from->name, 0);
}

static bool is_config_update(const struct place *from, const struct place *to, struct verdict verdict) {
  size_t size = strlen(to->path);
  return verdict.kind == NAME_GIT_CONFIG && strncmp(from->path, to->path, size) == 0 && strcmp(from->path + size, ".lock") == 0;
}

// Whether moving what stands at `place` would carry protected names away from, or (under `path`) into, their places.
static bool carries(const struct call *call, const struct place *place, const char *path, bool prefix) {
  return prefix && names_holds_protected(call->guard->list, place->parent, place->name, path);
}

// Takes a move back. The old name may have been taken meanwhile, by another run: then it gets one that nobody can have guessed. Without
// any way back the run ends.
static void put_back(struct call *call, struct place *from, struct place *to, unsigned flags) {
  char name[64];
  uint64_t number;
  if (syscall(SYS_renameat2, to->parent, to->name, from->parent, from->name, flags) == 0) return;
  for (int tries = 0; tries < 64; tries++) {
    if (!guard_allow_changes(call, from->parent) || !guard_allow_changes(call, to->parent)) break;
    if (getrandom(&number, sizeof number, 0) != sizeof number) break;
    snprintf(name, sizeof name, "refused-%016" PRIx64, number);
    if (syscall(SYS_renameat2, to->parent, to->name, from->parent, name, RENAME_NOREPLACE) == 0) return;
    if (errno == ENOENT) return;
  }
  _exit(1);
}

static void move(struct call *call, struct place *from, struct place *to, unsigned flags, bool look_again) {
  int result = (int)syscall(SYS_renameat2, from->parent, from->name, to->parent, to->name, flags), cause = errno;
  bool moved = result == 0 && guard_moved(call, to, look_again);
  if (moved || (result == 0 && look_again && carries(call, to, to->path, true))) {
    put_back(call, from, to, flags);
    answer_refused(call, "rename", to, (struct verdict){.kind = NAME_PROTECT});
    return;
  }
  errno = cause;
  answer_result(call, result);
}

static void rename_guarded(struct call *call, struct place *from, struct place *to, unsigned flags) {
  struct stat status;
  bool directory = fstatat(from->parent, from->name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
  struct verdict old = from->ruled ? guard_judge(call, from, directory) : (struct verdict){.kind = NAME_NONE};
  struct verdict new = to->ruled ? guard_judge(call, to, directory) : (struct verdict){.kind = NAME_NONE};
  if (new.kind == NAME_GIT_CONFIG && old.kind == NAME_NONE && flags == 0 && is_config_update(from, to, new)) {
    const char *problem = NULL;
    int result = replace_config(from, to, &problem);
    if (problem != NULL) answer_refused(call, "rename", to, new);
    else answer_result(call, result);
    return;
  }
  bool exchange = (flags & RENAME_EXCHANGE) != 0;
  // As between file systems: who moves goes on by copying, and each name is judged.
  if (old.kind == NAME_NONE && new.kind == NAME_NONE &&
      ((directory && guard_leaves_git(from, to)) || (exchange && guard_leaves_git(to, from)))) {
    answer_error(call, EXDEV);
    return;
  }
  if (old.kind == NAME_NONE && (carries(call, from, from->path, old.prefix) || (exchange && carries(call, to, from->path, old.prefix))))
    old.kind = NAME_PROTECT;
  if (new.kind == NAME_NONE && (carries(call, from, to->path, new.prefix) || (exchange && carries(call, to, to->path, new.prefix))))
    new.kind = NAME_PROTECT;
  // A link in the place of a folder with protected names, or exchanged into it.
  if (new.kind == NAME_NONE && new.prefix && !directory && S_ISLNK(status.st_mode)) new.kind = NAME_PROTECT;
  if (old.kind == NAME_NONE && old.prefix && exchange) old.kind = NAME_PROTECT;
  if (old.kind != NAME_NONE) answer_refused(call, "rename", from, old);
  else if (new.kind != NAME_NONE) answer_refused(call, "rename", to, new);
  else move(call, from, to, flags, directory && new.prefix);
}

void guard_rename(struct call *call, int old_dirfd, uint64_t old_path, int new_dirfd, uint64_t new_path, unsigned flags) {
  struct place from = {.parent = -1}, to = {.parent = -1};
  bool found = find(call, old_dirfd, old_path, &from) && find(call, new_dirfd, new_path, &to);
  if (found && (from.guarded || to.guarded) && answer_wanted(call)) rename_guarded(call, &from, &to, flags);
  else answer_continue(call);
  place_close(&from);
  place_close(&to);
}
