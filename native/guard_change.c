// Every other change by path in guarded trees: make, link, rename, remove.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

enum { MAX_CONFIG = 256 << 10 };
#define OWN_ENDING ".cordon"

static bool has_entry(int dir, const char *name) {
  struct stat status;
  return fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool ends_in_hooks(const struct place *place) {
  const char *end = strrchr(place->path, '/');
  return end != NULL && end - place->path >= 6 && strncasecmp(end - 6, "/hooks", 6) == 0;
}

static const char *const UNJUDGED[] = {"config", "hooks", "commondir", "config.worktree"};

static bool is_unjudged(const char *name) {
  for (size_t i = 0; i < sizeof UNJUDGED / sizeof *UNJUDGED; i++)
    if (strcasecmp(name, UNJUDGED[i]) == 0) return true;
  return false;
}

static bool has_unjudged(int dir) {
  for (size_t i = 0; i < sizeof UNJUDGED / sizeof *UNJUDGED; i++)
    if (has_entry(dir, UNJUDGED[i])) return true;
  return false;
}

// A bare repository has its config and hooks under ordinary names, and git takes a folder for one by its HEAD (gitrepository-layout(5)).
// So a HEAD can't be put beside such names, and beside a HEAD they are judged as in a `.git`.
static enum name_kind judge_bare(const struct call *call, struct place *place) {
  bool asked = false;
  FOR_OPS(call->guard->list, OP_GUARD_NAME, op) asked |= op->field[0].number == NAME_GIT_CONFIG;
  if (!asked || strcasestr(place->path, "/.git/") != NULL) return NAME_NONE;
  const char *name = place->name;
  if (strcasecmp(name, "HEAD") == 0 && !has_entry(place->parent, name)) {
    place->unjudged = true;
    return has_unjudged(place->parent) ? NAME_PROTECT : NAME_NONE;
  }
  if (is_unjudged(name)) {
    place->unjudged = !has_entry(place->parent, "HEAD");
    return place->unjudged ? NAME_NONE : strcasecmp(name, "config") == 0 ? NAME_GIT_CONFIG : NAME_PROTECT;
  }
  return ends_in_hooks(place) && has_entry(place->parent, "../HEAD") ? NAME_PROTECT : NAME_NONE;
}

// The name under which a judged config is written before it is moved into place: nobody else's.
static bool is_our_own(const struct call *call, const struct place *place) {
  size_t size = strlen(place->path), ending = strlen(OWN_ENDING);
  char config[sizeof place->path];
  if (size <= ending || strcasecmp(place->path + size - ending, OWN_ENDING) != 0) return false;
  memcpy(config, place->path, size - ending);
  config[size - ending] = 0;
  return strcasecmp(strrchr(config, '/'), "/config") == 0 || names_judge(call->guard->list, config).kind == NAME_GIT_CONFIG;
}

// `.git` as anything but a folder sends git elsewhere for its hooks and config, as does a link in the place of a folder that protected
// names lie in.
static struct verdict judge(const struct call *call, struct place *place, bool directory) {
  struct verdict verdict = names_judge(call->guard->list, place->path);
  place->unjudged = false;
  if (verdict.kind == NAME_NONE && is_our_own(call, place)) verdict.kind = NAME_PROTECT;
  if (verdict.kind != NAME_NONE) return verdict;
  if (verdict.prefix && !directory && strcasecmp(place->name, ".git") == 0) verdict.kind = NAME_PROTECT;
  else verdict.kind = judge_bare(call, place);
  verdict.exact = true;
  return verdict;
}

// Answers and returns true when a rule is against it.
bool guard_refuses(const struct call *call, struct place *place, const char *operation, bool directory) {
  if (!place->ruled) return false;
  struct verdict verdict = judge(call, place, directory);
  if (verdict.kind == NAME_NONE) return false;
  answer_refused(call, operation, place, verdict);
  return true;
}

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

// Another run in the same folder has a guard of its own. It may have moved the directory between our look and our act: then what we
// made stands under a name that nobody judged. Whoever looks last sees it (rename_guarded looks again, too).
bool guard_moved(const struct call *call, struct place *place, bool directory) {
  char now[PATH_MAX];
  if (!place->ruled || !place_path_of(call->guard, place->parent, now, sizeof now)) return false;
  size_t size = strlen(now);
  if (strncmp(now, place->path, size) == 0 && strcmp(place->path + size + (size > 1), place->name) == 0) {
    if (!place->unjudged) return false;
    return strcasecmp(place->name, "HEAD") == 0 ? has_unjudged(place->parent) : has_entry(place->parent, "HEAD");
  }
  snprintf(place->path, sizeof place->path, "%s/%s", now, place->name);
  return judge(call, place, directory).kind != NAME_NONE;
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
    unlinkat(place->parent, place->name, undo);
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
  struct verdict verdict = place.ruled ? judge(call, &place, false) : (struct verdict){.kind = NAME_NONE};
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

static void move(struct call *call, struct place *from, struct place *to, unsigned flags, bool look_again) {
  int result = (int)syscall(SYS_renameat2, from->parent, from->name, to->parent, to->name, flags), cause = errno;
  bool moved = result == 0 && guard_moved(call, to, look_again);
  if (moved || (result == 0 && look_again && carries(call, to, to->path, true))) {
    syscall(SYS_renameat2, to->parent, to->name, from->parent, from->name, flags);
    answer_refused(call, "rename", to, (struct verdict){.kind = NAME_PROTECT});
    return;
  }
  errno = cause;
  answer_result(call, result);
}

static void rename_guarded(struct call *call, struct place *from, struct place *to, unsigned flags) {
  struct stat status;
  bool directory = fstatat(from->parent, from->name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
  struct verdict old = from->ruled ? judge(call, from, directory) : (struct verdict){.kind = NAME_NONE};
  struct verdict new = to->ruled ? judge(call, to, directory) : (struct verdict){.kind = NAME_NONE};
  if (new.kind == NAME_GIT_CONFIG && old.kind == NAME_NONE && flags == 0 && is_config_update(from, to, new)) {
    const char *problem = NULL;
    int result = replace_config(from, to, &problem);
    if (problem != NULL) answer_refused(call, "rename", to, new);
    else answer_result(call, result);
    return;
  }
  bool exchange = (flags & RENAME_EXCHANGE) != 0;
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
