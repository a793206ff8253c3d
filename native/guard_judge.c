// Judges a place: the guarded names, and what has the force of one without bearing it (a `.git` that isn't a folder, a bare repository's
// pieces). Changes nothing.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { LOCK_WAIT_MS = 2000 };

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

// Keeps the guards of other runs from changing a directory until this call is done. Whoever inside holds such a lock himself gets
// refusals, nothing else; so does who makes the directory unreadable.
bool guard_lock(const struct call *call, int directory) {
  struct guard *guard = call->guard;
  struct stat wanted, held;
  if (fstat(directory, &wanted) != 0) return false;
  for (size_t i = 0; i < guard->lock_count; i++)
    if (fstat(guard->locks[i], &held) == 0 && held.st_ino == wanted.st_ino && held.st_dev == wanted.st_dev) return true;
  int fd = guard->lock_count < GUARD_LOCKS ? openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd < 0) return false;
  for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited++) {
    // A file system without locks: what is left is to look again afterwards.
    if (errno != EWOULDBLOCK && errno != EINTR) break;
    if (waited == LOCK_WAIT_MS) {
      close(fd);
      return false;
    }
    usleep(1000);
  }
  guard->locks[guard->lock_count++] = fd;
  return true;
}

// A child that waits for a FIFO has a copy of the descriptor, so closing alone wouldn't do.
void guard_unlock(struct guard *guard) {
  while (guard->lock_count > 0) {
    int fd = guard->locks[--guard->lock_count];
    flock(fd, LOCK_UN);
    close(fd);
  }
}

// Where these names are judged by the list anyway (`.git` itself, a submodule's folder), or are names of branches.
static bool is_covered(const struct call *call, const struct place *place) {
  char config[sizeof place->path];
  size_t folder = strlen(place->path) - strlen(place->name);
  const char *git = strcasestr(place->path, "/.git/");
  if (git != NULL && (strstr(git, "/refs/") != NULL || strstr(git, "/logs/") != NULL)) return true;
  if (folder + sizeof "config" > sizeof config) return false;
  memcpy(config, place->path, folder);
  strcpy(config + folder, "config");
  return names_judge(call->guard->list, config).kind != NAME_NONE;
}

// A bare repository has its config and hooks under ordinary names, and git takes a folder for one by its HEAD (gitrepository-layout(5)).
// So a HEAD can't be put beside such names, and beside a HEAD they are judged as in a `.git`.
static enum name_kind judge_bare(const struct call *call, struct place *place) {
  bool asked = false;
  FOR_OPS(call->guard->list, OP_GUARD_NAME, op) asked |= op->field[0].number == NAME_GIT_CONFIG;
  if (!asked || is_covered(call, place)) return NAME_NONE;
  const char *name = place->name;
  if ((strcasecmp(name, "HEAD") == 0 || is_unjudged(name)) && !guard_lock(call, place->parent)) return NAME_PROTECT;
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
struct verdict guard_judge(const struct call *call, struct place *place, bool directory) {
  struct verdict verdict = names_judge(call->guard->list, place->path);
  place->unjudged = false;
  if (verdict.kind == NAME_NONE && is_our_own(call, place)) verdict.kind = NAME_PROTECT;
  if (verdict.kind != NAME_NONE) return verdict;
  if (verdict.prefix && !directory && strcasecmp(place->name, ".git") == 0) verdict.kind = NAME_PROTECT;
  else verdict.kind = judge_bare(call, place);
  verdict.exact = true;
  return verdict;
}

// What lies in a `.git` was judged as such. Outside of it the same folder could be a repository of its own.
bool guard_leaves_git(const struct place *from, const struct place *to) {
  static const char GIT[] = "/.git";
  const char *in_git = strcasestr(from->path, GIT);
  while (in_git != NULL && in_git[sizeof GIT - 1] != 0 && in_git[sizeof GIT - 1] != '/') in_git = strcasestr(in_git + 1, GIT);
  return in_git != NULL && to->ruled && strcasestr(to->path, "/.git/") == NULL;
}

// Answers and returns true when a rule is against it.
bool guard_refuses(const struct call *call, struct place *place, const char *operation, bool directory) {
  if (!place->ruled) return false;
  struct verdict verdict = guard_judge(call, place, directory);
  if (verdict.kind == NAME_NONE) return false;
  answer_refused(call, operation, place, verdict);
  return true;
}

// Somebody may have taken the right to change it away, to keep something there.
bool guard_allow_changes(const struct call *call, int directory) {
  char entry[16];
  snprintf(entry, sizeof entry, "%d", directory);
  struct stat status;
  return fstat(directory, &status) == 0 && fchmodat(call->guard->own_fds, entry, (status.st_mode & 07777) | 0700, 0) == 0;
}

// Removes what has just been made and turned out to stand under a name that is refused.
void guard_take_away(const struct call *call, const struct place *place, int flags) {
  if (unlinkat(place->parent, place->name, flags) == 0 || errno != EACCES) return;
  if (guard_allow_changes(call, place->parent)) unlinkat(place->parent, place->name, flags);
}

// Another run in the same folder has a guard of its own. It may have moved the directory between our look and our act: then what we
// made stands under a name that nobody judged. Whoever looks last sees it (rename_guarded looks again, too).
bool guard_moved(const struct call *call, struct place *place, bool directory) {
  char now[PATH_MAX];
  if (!place->ruled) return false;
  if (!place_path_of(call->guard, place->parent, now, sizeof now)) return true;
  size_t size = strlen(now);
  if (strncmp(now, place->path, size) == 0 && strcmp(place->path + size + (size > 1), place->name) == 0) {
    if (!place->unjudged) return false;
    return strcasecmp(place->name, "HEAD") == 0 ? has_unjudged(place->parent) : has_entry(place->parent, "HEAD");
  }
  snprintf(place->path, sizeof place->path, "%s/%s", now, place->name);
  return guard_judge(call, place, directory).kind != NAME_NONE;
}
