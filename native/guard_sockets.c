// Which socket files the sandbox may connect to: those in trees of its own, those that the policy names, and those that it has bound
// itself in this run. Decides, and has what was bound remembered; makes no connection.
#define _GNU_SOURCE
#include "guard.h"

#include <string.h>
#include <sys/stat.h>

// After more than the list holds, the oldest can't be connected to any more.
void guard_remember_socket(int dir, const char *name) {
  struct made found;
  if (made_identify(dir, name, -1, &found) && S_ISSOCK(found.type)) made_remember(NULL, &found);
}

static bool is_own(int target) {
  struct made wanted;
  return made_identify(target, "", -1, &wanted) && S_ISSOCK(wanted.type) && made_find(&wanted) != NULL;
}

// SECURITY(T7): the innermost tree decides; where trees are given, what lies in none of them is refused.
static bool tree_allows(const struct op_list *list, const char *path) {
  bool allowed = ops_find(list, OP_SOCKET_TREE) == NULL;
  size_t innermost = 0;
  FOR_OPS(list, OP_SOCKET_TREE, op) {
    const char *tree = op->field[0].bytes;
    size_t size = op->field[0].size == 1 ? 0 : op->field[0].size;
    if (size < innermost || strncmp(tree, path, size) != 0 || (path[size] != 0 && path[size] != '/')) continue;
    innermost = size;
    allowed = op->field[1].number == 1;
  }
  return allowed;
}

bool socket_allowed(const struct op_list *list, const char *path, int target) { return tree_allows(list, path) || is_own(target); }
