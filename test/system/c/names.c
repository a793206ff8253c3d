// Ways to bring a file of a given name into being, or to change one that is there, each by another system call. Steps: the
// program prints `METHOD ok` or `METHOD errno N` and waits for a line, so that the judge outside can look in between.
// usage: names absent|present BASE NAME     (NAME relative to BASE, for instance .git/hooks/pre-commit)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

static char target[4096], parent[4096], leaf[256], scratch[4096], base[4096], first[256], rest[1024];

static const char *path(const char *a, const char *b) {
    static char ring[8][4300];
    static int at;
    at = (at + 1) % 8;
    snprintf(ring[at], sizeof ring[at], "%s/%s", a, b);
    return ring[at];
}

static int fill(int fd) {
    if (fd < 0) return -1;
    int bad = write(fd, "PWNED\n", 6) != 6;
    int error = errno;
    close(fd);
    errno = error;
    return bad ? -1 : 0;
}

static int mkparents(const char *file) {
    char copy[4300];
    snprintf(copy, sizeof copy, "%s", file);
    for (char *p = copy + 1; (p = strchr(p, '/')); p++) {
        *p = 0;
        if (mkdir(copy, 0755) && errno != EEXIST && errno != EROFS) return -1;
        *p = '/';
    }
    return 0;
}

static const char *evil(void) {
    const char *file = path(scratch, "evil");
    unlink(file);
    return fill(open(file, O_CREAT | O_WRONLY, 0755)) ? NULL : file;
}

static int parent_fd(void) { return open(parent, O_PATH | O_DIRECTORY); }

// Creating
static int by_open(void) { return fill(open(target, O_CREAT | O_WRONLY, 0755)); }
static int by_open_excl(void) { return fill(open(target, O_CREAT | O_EXCL | O_RDWR, 0755)); }
static int by_creat(void) { return fill((int)syscall(SYS_creat, target, 0755)); }
static int by_old_open(void) { return fill((int)syscall(SYS_open, target, O_CREAT | O_WRONLY, 0755)); }
static int by_dirfd(void) { return fill(openat(parent_fd(), leaf, O_CREAT | O_WRONLY, 0755)); }
static int by_openat2(void) {
    struct open_how how = {.flags = O_CREAT | O_WRONLY, .mode = 0755};
    return fill((int)syscall(SYS_openat2, AT_FDCWD, target, &how, sizeof how));
}
static int by_cwd(void) {
    if (chdir(parent)) return -1;
    int result = fill(open(path("/proc/self/cwd", leaf), O_CREAT | O_WRONLY, 0755));
    int error = errno;
    if (chdir(base)) return -1;
    errno = error;
    return result;
}
static int by_proc_root(void) { return fill(open(path("/proc/self/root", target + 1), O_CREAT | O_WRONLY, 0755)); }
static int by_proc_fd(void) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", parent_fd());
    return fill(open(path(name, leaf), O_CREAT | O_WRONLY, 0755));
}
static int by_dots(void) { return fill(open(path(path(path(parent, "."), "/../"), path(basename(strdup(parent)), leaf)), O_CREAT | O_WRONLY, 0755)); }
static int by_parent_link(void) {
    if (symlink(parent, path(scratch, "alias"))) return -1;
    return fill(open(path(path(scratch, "alias"), leaf), O_CREAT | O_WRONLY, 0755));
}
static int by_leaf_link(void) {
    if (symlink(target, path(scratch, "alias"))) return -1;
    return fill(open(path(scratch, "alias"), O_CREAT | O_WRONLY, 0755));
}
static int by_rename(void) { const char *file = evil(); return file ? rename(file, target) : -1; }
static int by_renameat2(void) {
    const char *file = evil();
    return file ? (int)syscall(SYS_renameat2, AT_FDCWD, file, AT_FDCWD, target, 0) : -1;
}
static int by_link(void) { const char *file = evil(); return file ? link(file, target) : -1; }
static int by_tmpfile(void) {
    int fd = open(scratch, O_TMPFILE | O_RDWR, 0755);
    if (fd < 0 || write(fd, "PWNED\n", 6) != 6) return -1;
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, name, AT_FDCWD, target, AT_SYMLINK_FOLLOW);
}
static int by_symlink(void) { const char *file = evil(); return file ? symlink(file, target) : -1; }
static int by_mkdir(void) { return mkdir(target, 0755); }
static int by_mknod(void) { return mknod(target, S_IFREG | 0755, 0); }
static int by_fifo(void) { return mkfifo(target, 0755); }
static int by_socket(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (chdir(parent)) return -1;
    snprintf(address.sun_path, sizeof address.sun_path, "./%s", leaf);
    int result = bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address);
    int error = errno;
    if (chdir(base)) return -1;
    errno = error;
    return result;
}
// Whole trees moved, linked or swapped into the place of the first component
static const char *evil_tree(void) {
    const char *tree = strdup(path(scratch, "tree"));
    const char *file = strdup(*rest ? path(tree, rest) : tree);
    return mkparents(file) || fill(open(file, O_CREAT | O_WRONLY, 0755)) ? NULL : tree;
}
static int by_tree_rename(void) {
    const char *tree = evil_tree();
    if (!tree) return -1;
    if (access(path(base, first), F_OK) == 0 && rename(path(base, first), path(scratch, "aside"))) return -1;
    return rename(tree, path(base, first));
}
static int by_tree_exchange(void) {
    const char *tree = evil_tree();
    if (!tree) return -1;
    if (access(path(base, first), F_OK)) return (int)syscall(SYS_renameat2, AT_FDCWD, tree, AT_FDCWD, path(base, first), 1);
    return (int)syscall(SYS_renameat2, AT_FDCWD, tree, AT_FDCWD, path(base, first), 2);
}
static int by_tree_link(void) {
    const char *tree = evil_tree();
    if (!tree) return -1;
    if (access(path(base, first), F_OK) == 0 && rename(path(base, first), path(scratch, "aside"))) return -1;
    return symlink(tree, path(base, first));
}
// Changing what is there
static int by_write(void) { return fill(open(target, O_WRONLY)); }
static int by_append(void) { return fill(open(target, O_RDWR | O_APPEND)); }
static int by_trunc_flag(void) { int fd = open(target, O_WRONLY | O_TRUNC); return fd < 0 ? -1 : close(fd); }
static int by_trunc_read(void) { int fd = open(target, O_RDONLY | O_TRUNC); return fd < 0 ? -1 : close(fd); }
static int by_truncate(void) { return truncate(target, 0); }
static int by_unlink(void) { return unlink(target); }
static int by_rename_away(void) { return rename(target, path(scratch, "away")); }
static int by_exchange(void) {
    const char *file = evil();
    return file ? (int)syscall(SYS_renameat2, AT_FDCWD, file, AT_FDCWD, target, 2) : -1;
}
static int by_alias(void) {
    const char *alias = path(scratch, "hard");
    return link(target, alias) ? -1 : fill(open(alias, O_WRONLY));
}
static int by_reopen(void) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", open(target, O_RDONLY));
    return fill(open(name, O_WRONLY));
}
static int by_path_reopen(void) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", open(target, O_PATH));
    return fill(open(name, O_WRONLY | O_TRUNC));
}
static int by_chmod(void) { return chmod(target, 0777); }
static int by_fchmodat(void) { return fchmodat(parent_fd(), leaf, 0777, 0); }
static int by_replace(void) { return unlink(target) ? -1 : by_open(); }

enum { ABSENT = 1, PRESENT = 2, BOTH = 3 };
static const struct { const char *name; int when; int (*act)(void); } methods[] = {
    {"open", BOTH, by_open}, {"open-excl", ABSENT, by_open_excl}, {"creat", BOTH, by_creat}, {"old-open", BOTH, by_old_open},
    {"dirfd", BOTH, by_dirfd}, {"openat2", BOTH, by_openat2}, {"proc-self-cwd", BOTH, by_cwd}, {"proc-self-root", BOTH, by_proc_root},
    {"proc-self-fd", BOTH, by_proc_fd}, {"dots", BOTH, by_dots}, {"parent-link", BOTH, by_parent_link}, {"leaf-link", BOTH, by_leaf_link},
    {"rename", BOTH, by_rename}, {"renameat2", BOTH, by_renameat2}, {"link", ABSENT, by_link}, {"tmpfile", ABSENT, by_tmpfile},
    {"symlink", ABSENT, by_symlink}, {"mkdir", ABSENT, by_mkdir}, {"mknod", ABSENT, by_mknod}, {"fifo", ABSENT, by_fifo},
    {"socket", ABSENT, by_socket}, {"tree-rename", BOTH, by_tree_rename}, {"tree-exchange", BOTH, by_tree_exchange},
    {"tree-link", BOTH, by_tree_link}, {"write", PRESENT, by_write}, {"append", PRESENT, by_append}, {"trunc-flag", PRESENT, by_trunc_flag},
    {"trunc-read", PRESENT, by_trunc_read}, {"truncate", PRESENT, by_truncate}, {"unlink", PRESENT, by_unlink},
    {"rename-away", PRESENT, by_rename_away}, {"exchange", PRESENT, by_exchange}, {"hard-alias", PRESENT, by_alias},
    {"reopen", PRESENT, by_reopen}, {"path-reopen", PRESENT, by_path_reopen}, {"chmod", PRESENT, by_chmod},
    {"fchmodat", PRESENT, by_fchmodat}, {"replace", PRESENT, by_replace},
};

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    int when = strcmp(argv[1], "absent") == 0 ? ABSENT : PRESENT;
    snprintf(base, sizeof base, "%s", argv[2]);
    snprintf(target, sizeof target, "%s/%s", base, argv[3]);
    snprintf(parent, sizeof parent, "%s", dirname(strdup(target)));
    snprintf(leaf, sizeof leaf, "%s", basename(strdup(target)));
    snprintf(first, sizeof first, "%.*s", (int)strcspn(argv[3], "/"), argv[3]);
    const char *slash = strchr(argv[3], '/');
    if (slash) snprintf(rest, sizeof rest, "%s", slash + 1);
    for (unsigned i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (!(methods[i].when & when)) continue;
        snprintf(scratch, sizeof scratch, "%s/scratch-%s", base, methods[i].name);
        if (mkdir(scratch, 0755) && errno != EEXIST) return 3;
        if (mkparents(target) && errno != EEXIST) { /* the parent may be protected itself */ }
        errno = 0;
        if (methods[i].act() == 0) printf("%s ok\n", methods[i].name);
        else printf("%s errno %d\n", methods[i].name, errno);
        fflush(stdout);
        if (getchar() == EOF) return 4;
    }
    return 0;
}
