// Git's configs: a new version is read, judged and put into place; one that this run itself has made is removed when asked. Never lets what
// stood there before, or what somebody else has made, be removed.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_CONFIG = 256 << 10 };

// A whole small plain file, or -1. It stays open as `file` (or -1).
static ssize_t read_small(int dir, const char *name, char *content, struct stat *status, int *file) {
  *file = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  ssize_t size = *file >= 0 && fstat(*file, status) == 0 && S_ISREG(status->st_mode) ? read(*file, content, MAX_CONFIG + 1) : -1;
  return size > MAX_CONFIG ? -1 : size;
}

static void close_file(int file) {
  int cause = errno;
  if (file >= 0) close(file);
  errno = cause;
}

static bool own_name(const struct place *place, char *name) {
  return (size_t)snprintf(name, NAME_MAX + 1, "%s" OWN_ENDING, place->name) <= NAME_MAX;
}

static bool is_file(int held, int dir, const char *name) {
  struct stat wanted, found;
  return fstat(held, &wanted) == 0 && fstatat(dir, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && wanted.st_dev == found.st_dev &&
         wanted.st_ino == found.st_ino;
}

static struct made *find_made(int file, int folder) {
  struct made found;
  return file >= 0 && made_identify(file, "", folder, &found) ? made_find(&found) : NULL;
}

// What is replaced. Its folder is locked, so it can be changed only from outside.
struct version {
  int file;            // -1: there is none, or none that can be read
  bool absent;
  struct made *made;   // by this run
};

// SECURITY(T3): the new version is this run's own only when it replaced nothing, or this run's own. A harmless change of the user's config
// would else be a way to remove it. What was really replaced is looked at afterwards: nobody outside heeds our lock.
static int put_into_place(const struct place *to, const char *fresh, const struct version *old, bool *own) {
  unsigned flags = old->absent ? GUARD_NOREPLACE : GUARD_EXCHANGE;
  *own = (old->absent || old->made != NULL) && syscall(SYS_renameat2, to->parent, fresh, to->parent, to->name, flags) == 0;
  // Also where the file system knows no such ways of renaming.
  if (!*own) return renameat(to->parent, fresh, to->parent, to->name);
  if (old->absent) return 0;
  *own = is_file(old->file, to->parent, fresh);
  return unlinkat(to->parent, fresh, 0);
}

// To a file that nothing inside ever held open.
static int write_version(const struct place *to, const char *content, size_t size, mode_t mode, const struct version *old) {
  char fresh[NAME_MAX + 1];
  struct made written, now;
  bool own = false;
  if (!own_name(to, fresh)) return -1;
  unlinkat(to->parent, fresh, 0);
  int out = openat(to->parent, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777);
  if (out < 0) return -1;
  bool whole = write(out, content, size) == (ssize_t)size;
  // Closing tells what couldn't be stored; the file stays open all the same.
  int copy = fcntl(out, F_DUPFD_CLOEXEC, 0);
  bool stored = copy >= 0 && close(copy) == 0 && whole, known = made_identify(out, "", to->parent, &written);
  if (!stored || put_into_place(to, fresh, old, &own) != 0) {
    int cause = whole ? errno : ENOSPC;
    unlinkat(to->parent, fresh, 0);
    close(out);
    errno = cause;
    return -1;
  }
  if (own && known && made_identify(out, "", to->parent, &now) && !made_written(&written, &now)) made_remember(old->made, &now);
  close(out);
  return 0;
}

// Moves a new version of a git config into place when its content is harmless.
int guard_replace_config(const struct call *call, const struct place *from, const struct place *to, const char **problem) {
  static char content[MAX_CONFIG + 1], judged[MAX_CONFIG + 1], old_content[MAX_CONFIG + 1];
  struct stat status;
  *problem = "its folder can't be locked";
  if (!guard_lock(call, to->parent)) return -1;
  struct version old = {.file = -1};
  ssize_t old_size = read_small(to->parent, to->name, old_content, &status, &old.file);
  old.absent = old.file < 0 && errno == ENOENT;
  old.made = find_made(old.file, to->parent);
  int new_file;
  ssize_t size = read_small(from->parent, from->name, content, &status, &new_file);
  close_file(new_file);
  *problem = "it isn't a plain small file";
  if (size >= 0) {
    memcpy(judged, content, (size_t)size);
    *problem = gitconfig_problem(judged, (size_t)size, old_content, old_size < 0 ? 0 : (size_t)old_size);
  }
  int result = *problem == NULL ? write_version(to, content, (size_t)size, status.st_mode, &old) : -1;
  close_file(old.file);
  return result != 0 ? -1 : unlinkat(from->parent, from->name, 0);
}

bool guard_spares_made(struct verdict verdict, int dir, const char *name) {
  struct made found;
  return verdict.kind == NAME_GIT_CONFIG && made_identify(dir, name, dir, &found) && made_find(&found) != NULL;
}

// Removes a config that this run has made; GUARD_NOT_MADE when it hasn't. No call removes what a descriptor holds, so the file is first
// moved to a name that is nobody else's: whatever somebody outside has put there meanwhile goes back.
int guard_remove_made(const struct call *call, const struct place *place) {
  char aside[NAME_MAX + 1];
  if (!own_name(place, aside) || !guard_lock(call, place->parent)) return GUARD_NOT_MADE;
  int held = openat(place->parent, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  struct made *file = find_made(held, place->parent);
  int result = GUARD_NOT_MADE;
  if (file != NULL) {
    unlinkat(place->parent, aside, 0);
    result = (int)syscall(SYS_renameat2, place->parent, place->name, place->parent, aside, GUARD_NOREPLACE);
    if (result == 0 && is_file(held, place->parent, aside)) {
      made_forget(file);
      result = unlinkat(place->parent, aside, 0);
    } else if (result == 0) {
      syscall(SYS_renameat2, place->parent, aside, place->parent, place->name, GUARD_NOREPLACE);
      result = GUARD_NOT_MADE;
    }
  }
  close_file(held);
  return result;
}
