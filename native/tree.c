// Builds the mount tree below a new root that is stacked onto "/", then pivots into it. Sources are opened first, before anything is
// changed; targets are resolved inside the new root only, so a link planted in a granted folder leads nowhere.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

int tree_clone(int dir, const char *path, uint64_t attr_set) {
  unsigned empty = path[0] == 0 ? AT_EMPTY_PATH : 0;
  int fd = (int)syscall(SYS_open_tree, dir, path,
                        CORDON_OPEN_TREE_CLONE | CORDON_OPEN_TREE_CLOEXEC | CORDON_AT_RECURSIVE | AT_NO_AUTOMOUNT |
                            AT_SYMLINK_NOFOLLOW | empty);
  if (fd < 0) return -1;
  struct cordon_mount_attr attr = {.attr_set = attr_set, .propagation = MS_PRIVATE};
  if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | CORDON_AT_RECURSIVE, &attr, sizeof attr) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

static uint64_t bind_attributes(uint64_t flags) {
  uint64_t attributes = CORDON_ATTR_NOSUID | CORDON_ATTR_NODEV;
  if ((flags & BIND_WRITE) == 0) attributes |= CORDON_ATTR_RDONLY;
  if ((flags & BIND_EXEC) == 0) attributes |= CORDON_ATTR_NOEXEC;
  return attributes;
}

// A detached copy of the mount at a source, or -1 for an optional one that is missing.
static int take_source(const struct op *op) {
  const char *source = op->field[0].bytes;
  uint64_t flags = op->field[2].number;
  long path = cordon_openat2(AT_FDCWD, source, O_PATH | O_CLOEXEC, CORDON_RESOLVE_NO_SYMLINKS);
  if (path < 0 && errno == ENOENT && (flags & BIND_OPTIONAL) != 0) return -1;
  if (path < 0) die("bind", "%s could not be opened", source);
  struct stat status;
  if (fstat((int)path, &status) != 0) die("bind", "%s could not be looked at", source);
  if (S_ISDIR(status.st_mode) != ((flags & BIND_DIRECTORY) != 0)) {
    errno = 0;
    die("bind", "%s is not what it was when the sandbox was planned", source);
  }
  int mount = tree_clone((int)path, "", bind_attributes(flags));
  if (mount < 0) die("bind", "%s could not be cloned", source);
  close((int)path);
  return mount;
}

// `prepared` holds idmapped mounts that the outer process made, in the same order, -1 where there is none.
int *tree_take_sources(const struct op_list *list, int *prepared) {
  size_t count = 0, index = 0;
  FOR_OPS(list, OP_BIND, op) count++;
  int *sources = malloc((count + 1) * sizeof *sources);
  if (sources == NULL) die("bind", "out of memory");
  FOR_OPS(list, OP_BIND, op) {
    bool mapped = prepared != NULL && prepared[index] >= 0;
    sources[index] = mapped ? prepared[index] : take_source(op);
    index++;
  }
  return sources;
}

int tree_new_fs(const char *type, const char *const *options, uint64_t attributes) {
  int fs = (int)syscall(SYS_fsopen, type, CORDON_FSOPEN_CLOEXEC);
  if (fs < 0) die("mount", "a new %s could not be opened", type);
  for (; options[0] != NULL; options += 2)
    if (syscall(SYS_fsconfig, fs, CORDON_FSCONFIG_SET_STRING, options[0], options[1], 0) != 0)
      die("mount", "%s refused %s=%s", type, options[0], options[1]);
  if (syscall(SYS_fsconfig, fs, CORDON_FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0) die("mount", "a new %s was refused", type);
  int mount = (int)syscall(SYS_fsmount, fs, CORDON_FSMOUNT_CLOEXEC, (unsigned)attributes);
  if (mount < 0) die("mount", "a new %s could not be mounted", type);
  close(fs);
  return mount;
}

static int new_tmpfs(uint64_t mode, uint64_t size, uint64_t attributes) {
  char mode_text[16], size_text[24], inodes[24];
  snprintf(mode_text, sizeof mode_text, "%o", (unsigned)(mode & 07777));
  snprintf(size_text, sizeof size_text, "%llu", (unsigned long long)size);
  // Inodes cost kernel memory that the size doesn't count.
  snprintf(inodes, sizeof inodes, "%llu", (unsigned long long)(size / 2048 < 4096 ? 4096 : size / 2048));
  return tree_new_fs("tmpfs", (const char *[]){"mode", mode_text, "size", size_text, "nr_inodes", inodes, NULL},
                     attributes | CORDON_ATTR_NOSUID | CORDON_ATTR_NODEV);
}

void tree_own(struct tree *tree, int mount) {
  struct stat status;
  if (fstat(mount, &status) != 0) die("mount", "a new mount could not be looked at");
  if (tree->own_count == sizeof tree->own / sizeof *tree->own) die("mount", "too many private file systems");
  tree->own[tree->own_count++] = status.st_dev;
}

static int resolve(const struct tree *tree, const char *path) {
  return (int)cordon_openat2(tree->root, path[1] == 0 ? "." : path + 1, O_PATH | O_CLOEXEC,
                             CORDON_RESOLVE_IN_ROOT | CORDON_RESOLVE_NO_MAGICLINKS);
}

// A mount point is only ever made in a file system of ours: never an empty stub in the user's own folders.
static void require_own(const struct tree *tree, int dir, const char *path) {
  struct stat status;
  if (fstat(dir, &status) != 0) die("mount", "%s could not be looked at", path);
  for (size_t i = 0; i < tree->own_count; i++)
    if (tree->own[i] == status.st_dev) return;
  errno = ENOENT;
  die("mount", "%s doesn't exist, and it would have to be made in a folder of the host", path);
}

// Opens the parent of `path` (made when missing) and returns the last component.
static const char *open_parent(const struct tree *tree, const char *path, int *dir) {
  char parent[4096];
  const char *slash = strrchr(path, '/');
  size_t size = (size_t)(slash - path);
  if (slash[1] == 0 || size >= sizeof parent) die("mount", "%s isn't a path that can be made", path);
  memcpy(parent, path, size);
  parent[size] = 0;
  *dir = tree_target(tree, size == 0 ? "/" : parent, true);
  require_own(tree, *dir, path);
  return slash + 1;
}

int tree_target(const struct tree *tree, const char *path, bool directory) {
  int fd = resolve(tree, path);
  if (fd < 0 && errno == ENOENT) {
    int dir;
    const char *name = open_parent(tree, path, &dir);
    if (directory ? mkdirat(dir, name, 0755) != 0 : mknodat(dir, name, S_IFREG | 0444, 0) != 0)
      die("mount", "%s could not be made", path);
    close(dir);
    fd = resolve(tree, path);
  }
  if (fd < 0) die("mount", "%s could not be opened inside", path);
  struct stat status;
  if (fstat(fd, &status) != 0) die("mount", "%s could not be looked at", path);
  errno = directory ? ENOTDIR : EISDIR;
  if (S_ISDIR(status.st_mode) != directory) die("mount", "%s can't be covered by something of another kind", path);
  return fd;
}

void tree_attach(int mount, int target, const char *path) {
  if (syscall(SYS_move_mount, mount, "", target, "", CORDON_MOVE_MOUNT_F_EMPTY_PATH | CORDON_MOVE_MOUNT_T_EMPTY_PATH) != 0)
    die("mount", "%s could not be attached", path);
  close(target);
}

static void seal(int mount, const char *path) {
  struct cordon_mount_attr attr = {.attr_set = CORDON_ATTR_RDONLY};
  if (syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attr, sizeof attr) != 0) die("mount", "%s could not be sealed", path);
}

static void make_root(struct tree *tree, const struct op *op) {
  // Nothing that happens here may travel back to the host, nor from there into the sandbox.
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) die("mount", "the mount tree could not be made private");
  tree->root = new_tmpfs(0755, op->field[0].number, 0);
  tree_own(tree, tree->root);
  if (syscall(SYS_move_mount, tree->root, "", AT_FDCWD, "/", CORDON_MOVE_MOUNT_F_EMPTY_PATH) != 0)
    die("mount", "the new root could not be attached");
  special_mask_store(tree);
}

static void make_file(const struct tree *tree, const struct op *op) {
  const char *path = op->field[0].bytes;
  int dir;
  const char *name = open_parent(tree, path, &dir);
  int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) die("file", "%s could not be made", path);
  for (size_t done = 0; done < op->field[2].size;) {
    ssize_t wrote = write(fd, op->field[2].bytes + done, op->field[2].size - done);
    if (wrote <= 0) die("file", "%s could not be written", path);
    done += (size_t)wrote;
  }
  if (fchmod(fd, (mode_t)(op->field[1].number & 0777)) != 0) die("file", "%s could not be given its mode", path);
  close(fd);
  close(dir);
}

static void make_directory(const struct tree *tree, const struct op *op) {
  const char *path = op->field[0].bytes;
  int existing = resolve(tree, path);
  if (existing >= 0) {
    close(existing);
    return;
  }
  int dir;
  const char *name = open_parent(tree, path, &dir);
  if (mkdirat(dir, name, (mode_t)(op->field[1].number & 07777)) != 0) die("directory", "%s could not be made", path);
  close(dir);
}

static void make_symlink(const struct tree *tree, const struct op *op) {
  const char *path = op->field[0].bytes;
  int dir;
  const char *name = open_parent(tree, path, &dir);
  if (symlinkat(op->field[1].bytes, dir, name) != 0) die("symlink", "%s could not be made", path);
  close(dir);
}

static void attach_new_tmpfs(struct tree *tree, const struct op *op, int *mount) {
  uint64_t flags = op->field[3].number;
  *mount = new_tmpfs(op->field[1].number, op->field[2].number, (flags & TMPFS_EXEC) != 0 ? 0 : CORDON_ATTR_NOEXEC);
  tree_own(tree, *mount);
  tree_attach(*mount, tree_target(tree, op->field[0].bytes, true), op->field[0].bytes);
}

static void attach_bind(const struct tree *tree, const struct op *op, int source) {
  if (source < 0) return;
  const char *target = op->field[1].bytes;
  tree_attach(source, tree_target(tree, target, (op->field[2].number & BIND_DIRECTORY) != 0), target);
  close(source);
}

void tree_build(const struct op_list *list, const int *sources) {
  struct tree tree = {.root = -1};
  int sealed[96];
  size_t seals = 0, bind = 0;
  for (const struct op *op = list->ops; op < list->ops + list->count; op++) {
    int mount = -1;
    if (op->code >= OP_DIRECTORY && op->code <= OP_MASK && tree.root < 0) die("mount", "no root before the first mount");
    switch (op->code) {
      case OP_ROOT: make_root(&tree, op); break;
      case OP_DIRECTORY: make_directory(&tree, op); break;
      case OP_TMPFS: attach_new_tmpfs(&tree, op, &mount); break;
      case OP_BIND: attach_bind(&tree, op, sources[bind++]); break;
      case OP_FILE: make_file(&tree, op); break;
      case OP_SYMLINK: make_symlink(&tree, op); break;
      case OP_PROC:
      case OP_WHOLE_PROC: special_proc(&tree, op->field[0].bytes, op->code == OP_WHOLE_PROC); break;
      case OP_DEV: special_dev(&tree, op->field[0].bytes); break;
      case OP_MASK:
        if (special_mask(tree.root, op->field[0].bytes) != 0) die("mask", "%s could not be hidden", op->field[0].bytes);
        break;
      default: break;
    }
    if (mount < 0) continue;
    if ((op->field[3].number & TMPFS_SEAL) != 0) sealed[seals++] = mount;  // bounded by tree.own
    else close(mount);
  }
  if (tree.root < 0) die("mount", "the op list has no root");
  for (size_t i = 0; i < seals; i++) {
    seal(sealed[i], "a private file system");
    close(sealed[i]);
  }
  seal(tree.root, "the root");
  if (fchdir(tree.root) != 0 || syscall(SYS_pivot_root, ".", ".") != 0) die("mount", "the root could not be changed");
  if (umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) die("mount", "the old root could not be left");
  close(tree.root);
}
