// Judges a place: the guarded names, and what has the force of one without bearing it (a `.git` that isn't a folder, a bare repository's
// pieces). Changes nothing.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

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

// Answers and returns true when a rule is against it.
bool guard_refuses(const struct call *call, struct place *place, const char *operation, bool directory) {
  if (!place->ruled) return false;
  struct verdict verdict = guard_judge(call, place, directory);
  if (verdict.kind == NAME_NONE) return false;
  answer_refused(call, operation, place, verdict);
  return true;
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
  return guard_judge(call, place, directory).kind != NAME_NONE;
}
