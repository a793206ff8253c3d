// The record of programs that are executed: one line a call, told before the call goes on. It decides nothing: the words are copied from
// the caller's memory and the kernel reads them again afterwards, so only the process numbers are certain.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>

enum { PAGE = 4096, MAX_WORDS = 256, FIRST_WORDS = 32, FIRST_BYTES = 256, PATH_SPACE = 3800, LINE_SPACE = 13900 };

// The line as it grows. What doesn't fit any more is left out and said.
struct line {
  char text[LINE_SPACE + 1];
  size_t used;
  bool truncated;
};

struct caller {
  long process, parent;
};

struct execution {
  int dirfd;
  uint64_t path, argv;
  bool empty_path;
};

// The path, and where the words lie.
struct looked {
  char path[PATH_MAX];
  bool known;    // the path
  int cause;     // else why
  size_t count;  // of the words, the NULL left out
  bool more;     // there are more of them, or they can't be read
  uint64_t words[MAX_WORDS + 1];
};

// Appends one escaped word, at most up to `limit` bytes of the line.
static void add_word(struct line *line, const char *word, size_t limit) {
  static const char HEX[] = "0123456789abcdef";
  if (line->used + 1 > limit) {
    line->truncated = true;
    return;
  }
  line->text[line->used++] = ' ';
  for (; *word != 0; word++) {
    unsigned char byte = (unsigned char)*word;
    bool plain = byte > ' ' && byte < 0x7f && byte != '%';
    if (line->used + (plain ? 1 : 3) > limit) {
      line->truncated = true;
      return;
    }
    if (!plain) line->text[line->used++] = '%';
    if (!plain) line->text[line->used++] = HEX[byte >> 4];
    line->text[line->used++] = plain ? (char)byte : HEX[byte & 15];
  }
}

// Copies up to `size` bytes, cut at page borders: a later piece may lie in a page that isn't there. Returns how many came.
static size_t copy_memory(const struct call *call, uint64_t address, void *to, size_t size) {
  struct iovec local = {.iov_base = to, .iov_len = size}, remote[2 + 8192 / PAGE];
  size_t pieces = 0;
  for (size_t done = 0; done < size && pieces < sizeof remote / sizeof *remote; pieces++) {
    size_t piece = PAGE - (size_t)((address + done) % PAGE);
    if (piece > size - done) piece = size - done;
    remote[pieces] = (struct iovec){.iov_base = (void *)(uintptr_t)(address + done), .iov_len = piece};
    done += piece;
  }
  ssize_t got = process_vm_readv((pid_t)call->notif.pid, &local, 1, remote, pieces, 0);
  return got < 0 ? 0 : (size_t)got;
}

// Most words are short, so the beginnings of all are copied at once. One that goes on is copied again as a whole.
static void add_words(const struct call *call, const uint64_t *words, size_t count, struct line *line) {
  static char beginnings[MAX_WORDS][FIRST_BYTES];
  static char whole[LINE_SPACE];
  struct iovec local[MAX_WORDS], remote[MAX_WORDS];
  for (size_t i = 0; i < count; i++) {
    size_t size = PAGE - (size_t)(words[i] % PAGE);
    if (size > FIRST_BYTES) size = FIRST_BYTES;
    local[i] = (struct iovec){.iov_base = beginnings[i], .iov_len = size};
    remote[i] = (struct iovec){.iov_base = (void *)(uintptr_t)words[i], .iov_len = size};
  }
  ssize_t got = count == 0 ? 0 : process_vm_readv((pid_t)call->notif.pid, local, count, remote, count, 0);
  for (size_t i = 0; i < count && !line->truncated; i++) {
    // A word that can't be read: the kernel will refuse the call for it.
    if (got < (ssize_t)local[i].iov_len) {
      line->truncated = true;
      return;
    }
    got -= (ssize_t)local[i].iov_len;
    if (memchr(beginnings[i], 0, local[i].iov_len) != NULL) {
      add_word(line, beginnings[i], LINE_SPACE);
      continue;
    }
    ssize_t size = place_read_text(call, words[i], whole, sizeof whole - 1);
    if (size < 0 && errno != ENAMETOOLONG) {
      line->truncated = true;
      return;
    }
    whole[sizeof whole - 1] = 0;
    add_word(line, whole, LINE_SPACE);
  }
}

static size_t within_page(uint64_t address, size_t size) {
  size_t left = PAGE - (size_t)(address % PAGE);
  return left < size ? left : size;
}

static size_t count_words(const struct looked *looked, size_t there) {
  size_t count = 0;
  while (count < there && looked->words[count] != 0) count++;
  return count;
}

// The beginnings of both by one call, which is all of them for most programs; what goes on is copied again as a whole.
static void look(const struct call *call, const struct execution *what, struct looked *looked) {
  struct iovec local[] = {{.iov_base = looked->path, .iov_len = within_page(what->path, FIRST_BYTES)},
                          {.iov_base = looked->words, .iov_len = what->argv == 0 ? 0 : within_page(what->argv, FIRST_WORDS * sizeof *looked->words)}};
  struct iovec remote[] = {{.iov_base = (void *)(uintptr_t)what->path, .iov_len = local[0].iov_len},
                           {.iov_base = (void *)(uintptr_t)what->argv, .iov_len = local[1].iov_len}};
  ssize_t got = process_vm_readv((pid_t)call->notif.pid, local, 2, remote, 2, 0);
  size_t path = got < 0 ? 0 : (size_t)got < local[0].iov_len ? (size_t)got : local[0].iov_len;
  size_t there = got < 0 ? 0 : ((size_t)got - path) / sizeof *looked->words;
  looked->known = memchr(looked->path, 0, path) != NULL || place_read_text(call, what->path, looked->path, sizeof looked->path) >= 0;
  looked->cause = looked->known ? 0 : errno;
  looked->count = count_words(looked, there);
  if (looked->count == there && what->argv != 0) {
    there = copy_memory(call, what->argv, looked->words, sizeof looked->words) / sizeof *looked->words;
    looked->count = count_words(looked, there);
  }
  looked->more = looked->count == there && what->argv != 0;
  if (looked->count > MAX_WORDS) looked->count = MAX_WORDS;
}

// Newer kernels say both numbers at once, for any thread, without a text being made of them.
static bool ask_caller(const struct call *call, struct caller *caller) {
  int pidfd = (int)syscall(SYS_pidfd_open, call->notif.pid, CORDON_PIDFD_THREAD);
  struct cordon_pidfd_info info = {.mask = CORDON_PIDFD_INFO_PID};
  bool told = pidfd >= 0 && ioctl(pidfd, CORDON_PIDFD_GET_INFO, &info) == 0 && (info.mask & CORDON_PIDFD_INFO_PID) != 0;
  if (pidfd >= 0) close(pidfd);
  if (told) *caller = (struct caller){.process = (long)info.tgid, .parent = (long)info.ppid};
  return told;
}

// The number of the caller's process and of its parent, else from "PID (NAME) STATE PPID …". The caller may be any thread.
static void read_caller(const struct call *call, struct caller *caller) {
  if (ask_caller(call, caller)) return;
  char text[512];
  place_read_proc(call, "stat", text, sizeof text);
  const char *end = strrchr(text, ')');
  *caller = (struct caller){.process = (long)call->notif.pid};
  if (end != NULL && end[1] != 0 && end[2] != 0) caller->parent = strtol(end + 3, NULL, 10);
  // A pidfd can be had for the first thread only, whose number is the process's.
  int pidfd = pidfd_of((pid_t)call->notif.pid);
  pid_t process = pidfd >= 0 ? (pid_t)call->notif.pid : place_process_of(call);
  if (pidfd >= 0) close(pidfd);
  if (process > 0) caller->process = (long)process;
}

// ENOENT or ENOTDIR when there is surely nothing to execute, for the caller neither, else 0. execvp(3) asks for each folder of the PATH, and
// what isn't there in one of them is no event: it is answered here, so that nothing put there meanwhile is executed without its record.
static int absence(const struct call *call, const struct execution *what, const char *path) {
  char folder[PATH_MAX];
  const char *name = strrchr(path, '/');
  struct stat status;
  if (path[0] == 0) return what->empty_path ? 0 : ENOENT;
  if (call->guard->nested || (path[0] == '/' && faccessat(AT_FDCWD, path, F_OK, 0) == 0)) return 0;
  snprintf(folder, sizeof folder, "%.*s", name == NULL ? 0 : (int)(name - path + 1), path);
  int parent = place_open(call, (struct start){.held = -1, .dirfd = what->dirfd}, folder);
  if (parent >= 0) {
    bool missing = fstatat(parent, name == NULL ? path : name + 1, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
    close(parent);
    return missing ? ENOENT : 0;
  }
  return place_absence(call, (struct start){.held = -1, .dirfd = what->dirfd}, folder);
}

static bool read_link(const struct call *call, const char *entry, char *text) {
  char name[64];
  snprintf(name, sizeof name, "%u/%s", call->notif.pid, entry);
  ssize_t size = readlinkat(call->guard->proc, name, text, PATH_MAX - 1);
  text[size > 0 ? size : 0] = 0;
  return size > 0;
}

// A path as it stands when it is absolute; else what it means here.
static void program_of(const struct call *call, const struct execution *what, const char *path, const char *cwd, char *program, size_t capacity) {
  char entry[32], folder[PATH_MAX];
  const char *start = cwd;
  if (path[0] != '/' && what->dirfd != AT_FDCWD) {
    snprintf(entry, sizeof entry, "fd/%d", what->dirfd);
    start = read_link(call, entry, folder) ? folder : "";
  }
  if (path[0] == '/' || start[0] == 0) snprintf(program, capacity, "%s", path);
  else if (path[0] == 0) snprintf(program, capacity, "%s", start);
  else snprintf(program, capacity, "%s/%s", strcmp(start, "/") == 0 ? "" : start, path);
}

static size_t begin_line(struct line *line, const struct caller *caller, const char *cwd, const char *program) {
  line->truncated = false;
  line->used = (size_t)snprintf(line->text, sizeof line->text, "exec %ld %ld -", caller->process, caller->parent);
  size_t flag = line->used - 1;
  add_word(line, cwd, line->used + PATH_SPACE);
  add_word(line, program, line->used + PATH_SPACE);
  if (line->truncated) line->text[flag] = 't';
  line->truncated = false;
  return flag;
}

static void end_line(const struct call *call, struct line *line, size_t flag) {
  if (line->truncated) line->text[flag] = 't';
  // Else what was read may have been another process's.
  if (answer_wanted(call)) report_text(line->text, line->used);
}

// The first file of that name on the PATH that the command is given, or the name as it stands.
static bool find_command(const struct op_list *list, const char *name, char *program, size_t capacity) {
  const char *path = "/usr/local/bin:/usr/bin:/bin";
  snprintf(program, capacity, "%s", name);
  if (strchr(name, '/') != NULL) return true;
  FOR_OPS(list, OP_ENV, op)
    if (strncmp(op->field[0].bytes, "PATH=", 5) == 0) path = op->field[0].bytes + 5;
  for (const char *at = path; *at != 0;) {
    size_t size = strcspn(at, ":");
    snprintf(program, capacity, "%.*s/%s", (int)size, at, name);
    if (size > 0 && faccessat(AT_FDCWD, program, X_OK, 0) == 0) return true;
    at += size + (at[size] == ':');
  }
  return false;
}

// The memory of our own first process isn't readable even from here, nor that of programs that only root may read. Of the command itself
// everything is known from the ops; of others (a command that was attached, too) the record is that something was executed.
static void record_unread(struct call *call, struct line *line, const struct caller *caller) {
  static long told;
  char program[PATH_MAX];
  const struct op *name = ops_find(call->guard->list, OP_ARG), *cwd = ops_find(call->guard->list, OP_CWD);
  // Its search along the PATH comes here again for each folder.
  if (told != 0 && told == caller->process) return;
  if (told != 0 || caller->parent != (long)call->guard->first || name == NULL || cwd == NULL) {
    size_t flag = begin_line(line, caller, "", "");
    line->truncated = true;
    end_line(call, line, flag);
  } else if (find_command(call->guard->list, name->field[0].bytes, program, sizeof program)) {
    told = caller->process;
    size_t flag = begin_line(line, caller, cwd->field[0].bytes, program);
    FOR_OPS(call->guard->list, OP_ARG, op) if (!line->truncated) add_word(line, op->field[0].bytes, LINE_SPACE);
    end_line(call, line, flag);
  }
}

// 0: told, and the call may go on. Else what it is answered: nothing is executed that wasn't told.
static int record(struct call *call, const struct execution *what) {
  static struct line line;
  static struct looked looked;
  char cwd[PATH_MAX], program[2 * PATH_MAX];
  struct caller caller;
  look(call, what, &looked);
  int cause = looked.cause, absent = looked.known ? absence(call, what, looked.path) : cause == EFAULT || cause == ENAMETOOLONG ? cause : 0;
  if (absent != 0) return absent;
  read_caller(call, &caller);
  if (!looked.known || !read_link(call, "cwd", cwd)) {
    record_unread(call, &line, &caller);
    return 0;
  }
  program_of(call, what, looked.path, cwd, program, sizeof program);
  size_t flag = begin_line(&line, &caller, cwd, program);
  add_words(call, looked.words, looked.count, &line);
  line.truncated |= looked.more;
  end_line(call, &line, flag);
  return 0;
}

void guard_execute(struct call *call, int dirfd, uint64_t path, uint64_t argv, int flags) {
  struct execution what = {.dirfd = dirfd, .path = path, .argv = argv, .empty_path = (flags & AT_EMPTY_PATH) != 0};
  int error = record(call, &what);
  if (error != 0) answer_error(call, error);
  else answer_continue(call);
}
