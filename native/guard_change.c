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

static int find(struct call *call, int dirfd, uint64_t path, struct place *place) {
  char text[PATH_MAX];
  place->parent = -1;
  if (place_read_text(call, path, text, sizeof text) <= 0) return PLACE_FAILED;
  return place_resolve(call, (struct start){.held = -1, .dirfd = dirfd}, text, place);
}

// The path leads nowhere or isn't guarded: the kernel and Landlock decide.
static void leave(const struct call *call, int found) {
  if (found == PLACE_MISSING) answer_error(call, errno);
  else answer_continue(call);
}

// false: answered already.
static bool find_guarded(struct call *call, int dirfd, uint64_t path, struct place *place) {
  int found = find(call, dirfd, path, place);
  if (found == PLACE_OK && place->guarded && answer_wanted(call)) return true;
  leave(call, found);
  place_close(place);
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
    return;
  }
  struct verdict verdict = place.ruled ? guard_judge(call, &place, directory) : (struct verdict){.kind = NAME_NONE};
  // A clone that failed, or that isn't needed any more, can be removed by whoever made it.
  int result = verdict.kind == NAME_GIT_CONFIG && !directory ? guard_remove_made(call, &place) : GUARD_NOT_MADE;
  if (verdict.kind == NAME_NONE) {
    finish(call, &place, unlinkat(place.parent, place.name, flags));
  } else if (result != GUARD_NOT_MADE) {
    finish(call, &place, result);
  } else {
    answer_refused(call, directory ? "rmdir" : "unlink", &place, verdict);
    place_close(&place);
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
  if (find(call, old_dirfd, old_path, &from) != PLACE_OK) {
    place_close(&to);
    answer_error(call, ENOENT);
    return;
  }
  // A second name for a protected file would be a way to write it. A link at the end isn't followed: it is linked itself.
  if (guard_refuses(call, &from, "link", false)) place_close(&to);
  else finish_made(call, &to, "link", linkat(from.parent, from.name, to.parent, to.name, 0), 0);
  place_close(&from);
}

static bool is_config_update(const struct place *from, const struct place *to, struct verdict verdict) {
  size_t size = strlen(to->path);
  return verdict.kind == NAME_GIT_CONFIG && strncmp(from->path, to->path, size) == 0 && strcmp(from->path + size, ".lock") == 0;
}

// Whether moving what stands at `place` would carry protected names away from, or (under `path`) into, their places.
static bool carries(const struct call *call, const struct place *place, const char *path, bool prefix) {
  return prefix && names_holds_protected(call->guard->list, place->parent, place->name, path, NULL);
}

// What this run has made, or a folder with nothing else protected in it, on its way to another file system: who moves goes on by copying
// and removing. Anything else stays whole where it is.
static bool can_be_copied(const struct call *call, const struct place *from, const struct place *to, struct verdict old) {
  struct stat here, there;
  if (fstat(from->parent, &here) != 0 || fstat(to->parent, &there) != 0 || here.st_dev == there.st_dev) return false;
  if (old.kind != NAME_NONE) return guard_spares_made(old, from->parent, from->name);
  return !names_holds_protected(call->guard->list, from->parent, from->name, from->path, guard_spares_made);
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
    if (syscall(SYS_renameat2, to->parent, to->name, from->parent, name, GUARD_NOREPLACE) == 0) return;
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
    int result = guard_replace_config(call, from, to, &problem);
    if (problem != NULL) answer_refused(call, "rename", to, new);
    else answer_result(call, result);
    return;
  }
  bool exchange = (flags & GUARD_EXCHANGE) != 0;
  // As between file systems: who moves goes on by copying, and each name is judged.
  if (old.kind == NAME_NONE && new.kind == NAME_NONE &&
      ((directory && guard_leaves_git(from, to)) || (exchange && guard_leaves_git(to, from)))) {
    answer_error(call, EXDEV);
    return;
  }
  bool carried =
      old.kind == NAME_NONE && (carries(call, from, from->path, old.prefix) || (exchange && carries(call, to, from->path, old.prefix)));
  if ((carried || old.kind != NAME_NONE) && can_be_copied(call, from, to, old)) {
    answer_error(call, EXDEV);
    return;
  }
  if (carried) old.kind = NAME_PROTECT;
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
  int found = find(call, old_dirfd, old_path, &from);
  if (found == PLACE_OK) found = find(call, new_dirfd, new_path, &to);
  if (found == PLACE_OK && (from.guarded || to.guarded) && answer_wanted(call)) rename_guarded(call, &from, &to, flags);
  else leave(call, found);
  place_close(&from);
  place_close(&to);
}
