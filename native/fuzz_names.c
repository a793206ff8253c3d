// libFuzzer target: names.c against a slow, obvious matcher. The input makes up to four rules, a root and a path out of a small
// alphabet, so that matches are frequent. Never part of cordon-init.
#include "cordon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RULES = 4, MAX_TEXT = 96 };

struct input {
  const uint8_t *at, *end;
};

static uint8_t take(struct input *input) { return input->at < input->end ? *input->at++ : 0; }

static void make_text(struct input *input, char *to, const char *alphabet, bool absolute) {
  size_t size = take(input) % 16, used = 0;
  if (absolute) to[used++] = '/';
  for (size_t i = 0; i < size; i++) to[used++] = alphabet[take(input) % strlen(alphabet)];
  to[used] = 0;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

// One component, by trying everything.
static bool slow_part(const char *pattern, size_t pattern_size, const char *name, size_t size) {
  if (pattern_size == 0) return size == 0;
  if (*pattern == '*') return slow_part(pattern + 1, pattern_size - 1, name, size) || (size > 0 && slow_part(pattern, pattern_size, name + 1, size - 1));
  return size > 0 && (*pattern == '?' || lower(*pattern) == lower(*name)) && slow_part(pattern + 1, pattern_size - 1, name + 1, size - 1);
}

static const char *skip(const char *text) {
  while (*text == '/') text++;
  return text;
}

enum { SLOW_NONE = 0, SLOW_PREFIX = 1, SLOW_BELOW = 2, SLOW_EXACT = 4 };

// The strongest of what was found from one place: what lies below a name isn't that name again, whatever `**` could stand for.
static int strongest(int found) {
  return (found & SLOW_BELOW) != 0 ? SLOW_BELOW : (found & SLOW_EXACT) != 0 ? SLOW_EXACT : found;
}

// All ways in which `path` can go along `pattern`, as bits.
static int slow_match(const char *pattern, const char *path) {
  pattern = skip(pattern);
  path = skip(path);
  if (*pattern == 0) return *path == 0 ? SLOW_EXACT : SLOW_BELOW;
  size_t pattern_size = strcspn(pattern, "/"), size = strcspn(path, "/");
  int found = *path == 0 ? SLOW_PREFIX : SLOW_NONE;
  if (pattern_size == 2 && memcmp(pattern, "**", 2) == 0) {
    found |= slow_match(pattern + pattern_size, path);
    if (*path != 0) found |= slow_match(pattern, path + size);
  } else if (*path != 0 && slow_part(pattern, pattern_size, path, size)) {
    found |= slow_match(pattern + pattern_size, path + size);
  }
  return found;
}

static const char *slow_below(const char *root, const char *path) {
  size_t size = strlen(root);
  if (strcmp(root, "/") == 0) return path + 1;
  if (strncmp(root, path, size) != 0) return NULL;
  return path[size] == 0 ? path + size : path[size] == '/' ? path + size + 1 : NULL;
}

static int slow_rule(const char *root, const char *anchor, const char *pattern, const char *path) {
  const char *rest = slow_below(*anchor == 0 ? root : anchor, path);
  if (rest == NULL) return SLOW_NONE;
  if (*anchor != 0) return strongest(slow_match(pattern, rest));
  int best = SLOW_NONE;
  for (rest = skip(rest); *rest != 0; rest = skip(rest + strcspn(rest, "/"))) {
    int found = strongest(slow_match(pattern, rest));
    if (found > best) best = found;
  }
  return best;
}

struct rule {
  int kind;
  char anchor[MAX_TEXT], pattern[MAX_TEXT];
};

static struct verdict slow_judge(const struct rule *rules, size_t count, const char *root, const char *path) {
  struct verdict verdict = {.kind = NAME_NONE};
  for (size_t i = 0; i < count; i++) {
    int found = slow_rule(root, rules[i].anchor, rules[i].pattern, path);
    if (found == SLOW_PREFIX) verdict.prefix = true;
    if (found < SLOW_BELOW) continue;
    bool exact = found == SLOW_EXACT;
    int kind = rules[i].kind == NAME_GIT_CONFIG && !exact ? NAME_PROTECT : rules[i].kind;
    // Deny beats protect beats git-config.
    if (verdict.kind == NAME_NONE || verdict.kind == NAME_GIT_CONFIG || kind == NAME_DENY) {
      verdict.kind = (enum name_kind)kind;
      verdict.exact = exact;
    }
  }
  return verdict;
}

static void set_text(struct op *op, size_t index, const char *text) {
  op->field[index].bytes = text;
  op->field[index].size = strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input input = {data, data + size};
  static const char *const ROOTS[] = {"/", "/a", "/a/b"};
  const char *root = ROOTS[take(&input) % 3];
  struct rule rules[MAX_RULES];
  size_t count = take(&input) % MAX_RULES + 1;
  struct op ops[MAX_RULES + 1] = {{.code = OP_GUARD_ROOT}};
  set_text(&ops[0], 0, root);
  ops[0].field[1].number = GUARD_RULED;
  for (size_t i = 0; i < count; i++) {
    static const char *const ANCHORS[] = {"", "", "/", "/a", "/a/b"};
    rules[i].kind = take(&input) % 3 + 1;
    strcpy(rules[i].anchor, ANCHORS[take(&input) % 5]);
    make_text(&input, rules[i].pattern, "abAB.**?//", false);
    ops[i + 1].code = OP_GUARD_NAME;
    ops[i + 1].field[0].number = (uint64_t)rules[i].kind;
    set_text(&ops[i + 1], 1, rules[i].anchor);
    set_text(&ops[i + 1], 2, rules[i].pattern);
  }
  char path[MAX_TEXT];
  make_text(&input, path, "abAB.//", true);
  struct op_list list = {.ops = ops, .count = count + 1};
  struct verdict fast = names_judge(&list, path), slow = slow_judge(rules, count, root, path);
  if (fast.kind == slow.kind && fast.prefix == slow.prefix && (fast.kind == NAME_NONE || fast.exact == slow.exact)) return 0;
  fprintf(stderr, "%s in %s: kind %d exact %d prefix %d, slowly kind %d exact %d prefix %d\n", path, root, fast.kind, fast.exact, fast.prefix,
          slow.kind, slow.exact, slow.prefix);
  for (size_t i = 0; i < count; i++) fprintf(stderr, "  kind %d anchor \"%s\" pattern \"%s\"\n", rules[i].kind, rules[i].anchor, rules[i].pattern);
  abort();
}
