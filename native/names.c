// Judges a path of the sandbox by the guarded names. Pure but for the directory walk that a rename of a folder needs.
// Compared without regard to ASCII case: on a case-folding file system `.GIT/hooks` is `.git/hooks`.
#define _GNU_SOURCE
#include "cordon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

// As many components as a path can have (PATH_MAX / 2, and a name that is added), so that depth is no way around a rule.
enum { MAX_PARTS = 2304, MAX_PATTERN = 64, MAX_WALK = 200000, MAX_DEPTH = 64 };
enum outcome { MATCH_NONE, MATCH_PREFIX, MATCH_FULL, MATCH_EXACT };

struct part {
  const char *at;
  size_t size;
};

static size_t split(const char *path, struct part *parts, size_t capacity) {
  size_t count = 0;
  while (*path != 0 && count < capacity) {
    size_t size = strcspn(path, "/");
    if (size > 0) parts[count++] = (struct part){path, size};
    path += size + (path[size] == '/');
  }
  return count;
}

static char fold(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

// `*` and `?` within one component; the last star is retried, so the time is bounded by the product of the lengths.
static bool match_part(struct part pattern, struct part name) {
  size_t p = 0, n = 0, star = SIZE_MAX, mark = 0;
  while (n < name.size) {
    if (p < pattern.size && pattern.at[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size && (pattern.at[p] == '?' || fold(pattern.at[p]) == fold(name.at[n]))) {
      p++;
      n++;
    } else if (star != SIZE_MAX) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size && pattern.at[p] == '*') p++;
  return p == pattern.size;
}

static bool any_number(struct part pattern) { return pattern.size == 2 && memcmp(pattern.at, "**", 2) == 0; }

// How far `parts` goes along `pattern`: a row of the usual table of reachable positions, so that many `**` stay cheap.
static enum outcome match_parts(const struct part *pattern, size_t pattern_count, const struct part *parts, size_t count) {
  bool here[MAX_PATTERN + 1] = {false}, next[MAX_PATTERN + 1];
  here[0] = true;
  for (size_t i = 0;; i++) {
    for (size_t p = 0; p < pattern_count; p++)
      if (here[p] && any_number(pattern[p])) here[p + 1] = true;
    if (here[pattern_count]) return i == count ? MATCH_EXACT : MATCH_FULL;
    if (i == count) break;
    bool alive = false;
    memset(next, 0, sizeof next);
    for (size_t p = 0; p < pattern_count; p++) {
      if (!here[p]) continue;
      if (any_number(pattern[p])) next[p] = alive = true;
      else if (match_part(pattern[p], parts[i])) next[p + 1] = alive = true;
    }
    if (!alive) return MATCH_NONE;
    memcpy(here, next, sizeof here);
  }
  return MATCH_PREFIX;
}

// What lies below `root` in `path`, or NULL when it isn't at or below it.
static const char *below(const char *root, const char *path) {
  size_t size = strlen(root);
  if (size == 1) return path + 1;
  if (strncmp(root, path, size) != 0 || (path[size] != 0 && path[size] != '/')) return NULL;
  return path[size] == 0 ? path + size : path + size + 1;
}

// The innermost root that a path lies in says what it is.
bool names_guarded(const struct op_list *list, const char *path, bool *ruled) {
  bool guarded = false;
  size_t innermost = 0;
  *ruled = false;
  FOR_OPS(list, OP_GUARD_ROOT, op) {
    if (op->field[0].size < innermost || below(op->field[0].bytes, path) == NULL) continue;
    innermost = op->field[0].size;
    guarded = (op->field[1].number & GUARD_FREE) == 0;
    *ruled = (op->field[1].number & GUARD_RULED) != 0;
  }
  return guarded;
}

static enum outcome match_name(const struct op_list *list, const struct op *name, const char *path) {
  struct part pattern[MAX_PATTERN], parts[MAX_PARTS];
  size_t pattern_count = split(name->field[2].bytes, pattern, MAX_PATTERN);
  const char *anchor = name->field[1].bytes;
  if (anchor[0] != 0) {
    const char *rest = below(anchor, path);
    return rest == NULL ? MATCH_NONE : match_parts(pattern, pattern_count, parts, split(rest, parts, MAX_PARTS));
  }
  enum outcome best = MATCH_NONE;
  FOR_OPS(list, OP_GUARD_ROOT, root) {
    const char *rest = below(root->field[0].bytes, path);
    if (rest == NULL || (root->field[1].number & GUARD_RULED) == 0) continue;
    size_t count = split(rest, parts, MAX_PARTS);
    for (size_t from = 0; from < count; from++) {
      enum outcome outcome = match_parts(pattern, pattern_count, parts + from, count - from);
      if (outcome > best) best = outcome;
    }
  }
  return best;
}

struct verdict names_judge(const struct op_list *list, const char *path) {
  struct verdict verdict = {.kind = NAME_NONE};
  FOR_OPS(list, OP_GUARD_NAME, op) {
    enum name_kind kind = (enum name_kind)op->field[0].number;
    enum outcome outcome = match_name(list, op, path);
    if (outcome == MATCH_PREFIX) verdict.prefix = true;
    if (outcome < MATCH_FULL) continue;
    bool exact = outcome == MATCH_EXACT;
    // What lies below a config "file" isn't a config: refused like any protected name. The strictest rule wins.
    if (kind == NAME_GIT_CONFIG && !exact) kind = NAME_PROTECT;
    if (verdict.kind == NAME_NONE || verdict.kind == NAME_GIT_CONFIG || kind == NAME_DENY) {
      verdict.kind = kind;
      verdict.exact = exact;
    }
  }
  return verdict;
}

struct walk {
  const struct op_list *list;
  char path[8192];
  size_t left;
  spares *spared;
};

// true: something in the folder is protected under its new (or old) path, or it can't be told.
static bool walk_holds(struct walk *walk, int dir, const char *name, int depth) {
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno != ENOTDIR && errno != ELOOP && errno != ENOENT;
  DIR *stream = fdopendir(fd);
  if (stream == NULL || depth == 0) {
    if (stream == NULL) close(fd);
    else closedir(stream);
    return true;
  }
  bool holds = false;
  size_t base = strlen(walk->path);
  struct dirent *entry;
  while (!holds && (entry = readdir(stream)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    size_t size = strlen(entry->d_name);
    if (walk->left-- == 0 || base + size + 2 > sizeof walk->path) {
      holds = true;
      break;
    }
    walk->path[base] = '/';
    memcpy(walk->path + base + 1, entry->d_name, size + 1);
    struct verdict verdict = names_judge(walk->list, walk->path);
    holds = verdict.kind != NAME_NONE && (walk->spared == NULL || !walk->spared(verdict, dirfd(stream), entry->d_name));
    if (verdict.kind == NAME_NONE && verdict.prefix) holds = walk_holds(walk, dirfd(stream), entry->d_name, depth - 1);
    walk->path[base] = 0;
  }
  closedir(stream);
  return holds;
}

bool names_holds_protected(const struct op_list *list, int dir, const char *name, const char *path, spares *spared) {
  struct walk walk = {.list = list, .left = MAX_WALK, .spared = spared};
  if (strlen(path) >= sizeof walk.path) return true;
  strcpy(walk.path, path);
  return walk_holds(&walk, dir, name, MAX_DEPTH);
}
