// Shared by the guard's files: one notified call, where its paths lead, and the answers.
#ifndef CORDON_GUARD_H
#define CORDON_GUARD_H

#include "cordon.h"
#include "kernel.h"

#include <limits.h>

enum { GUARD_LOCKS = 4 };

struct guard {
  const struct op_list *list;
  int notify;
  int proc;      // the host's /proc
  int own_fds;   // /proc/self/fd of this process
  pid_t first;   // the sandbox's first process
  bool nested;   // the command may make mounts: what a path means to it isn't known here
  mode_t first_umask;
  unsigned umask_changes;
  int locks[GUARD_LOCKS];  // directories that no other guard changes until this call is done
  size_t lock_count;
};

struct call {
  struct guard *guard;
  struct cordon_notif notif;
};

// Where a path leads: its last component in a directory that is held open.
struct place {
  int parent;
  char name[NAME_MAX + 1];
  bool slash;              // written with a trailing slash
  char path[PATH_MAX + NAME_MAX + 2];  // of parent and name, as seen inside
  bool guarded, ruled;
  bool unjudged;           // allowed only because another piece of a repository isn't there: look again afterwards
};

// Set-user-ID programs of the user (of root, when root runs Cordon) would be left behind on the host.
enum { MODE_FILE = 01777, MODE_DIRECTORY = 03777 };

// Where a relative path starts: at a directory that we hold (-1: none), else at one of the caller's.
struct start {
  int held;
  int dirfd;
};

// MISSING: the folder isn't there, for the caller neither; errno says how.
enum { PLACE_MISSING = -2, PLACE_FAILED = -1, PLACE_OK = 0 };

// guard_place.c
ssize_t place_read_text(const struct call *call, uint64_t address, char *text, size_t capacity);
int place_open(const struct call *call, struct start start, const char *path);
int place_resolve(const struct call *call, struct start start, const char *path, struct place *place);
void place_close(struct place *place);
bool place_path_of(const struct guard *guard, int fd, char *path, size_t capacity);
int place_absence(const struct call *call, struct start start, const char *folder);
int place_open_end(const struct call *call, struct start start, const char *path, bool follow);
int place_descriptor(const char *path);
int place_take(const struct call *call, int descriptor);
size_t place_read_proc(const struct call *call, const char *file, char *text, size_t capacity);
pid_t place_process_of(const struct call *call);
mode_t place_umask(struct call *call);

// guard_answer.c
void answer_continue(const struct call *call);
void answer_error(const struct call *call, int error);
void answer_result(const struct call *call, int result);
void answer_descriptor(const struct call *call, int fd, bool close_on_exec);
bool answer_wanted(const struct call *call);
void answer_refused(const struct call *call, const char *operation, const struct place *place, struct verdict verdict);

// The ending of the name under which a judged config is written before it is moved into place.
#define OWN_ENDING ".cordon"

// Of renameat2(2).
enum { GUARD_NOREPLACE = 1, GUARD_EXCHANGE = 2 };

// guard_judge.c, guard_open.c, guard_change.c, guard_mode.c, guard_bind.c
void guard_open(struct call *call, int dirfd, uint64_t path, uint64_t flags, mode_t mode);
void guard_truncate(struct call *call, uint64_t path, off_t size);
void guard_make_directory(struct call *call, int dirfd, uint64_t path, mode_t mode);
void guard_make_node(struct call *call, int dirfd, uint64_t path, mode_t mode, dev_t device);
void guard_symlink(struct call *call, uint64_t target, int dirfd, uint64_t path);
void guard_unlink(struct call *call, int dirfd, uint64_t path, int flags);
void guard_link(struct call *call, int old_dirfd, uint64_t old_path, int new_dirfd, uint64_t new_path, int flags);
void guard_rename(struct call *call, int old_dirfd, uint64_t old_path, int new_dirfd, uint64_t new_path, unsigned flags);
void guard_set_mode(struct call *call, int dirfd, uint64_t path, mode_t mode, int flags);
void guard_set_mode_of(struct call *call, int descriptor, mode_t mode);
void guard_bind(struct call *call, int descriptor, uint64_t address, size_t size);
// guard_exec.c
void guard_execute(struct call *call, int dirfd, uint64_t path, uint64_t argv, int flags);
// guard_connect.c
void guard_connect(struct call *call, int descriptor, uint64_t address, size_t size);
void guard_wait(struct guard *guard);

// guard_made.c: all zero is none.
struct made {
  uint64_t device, inode, folder_device, folder_inode;
  int64_t born_seconds, born_nanoseconds, changed_seconds, changed_nanoseconds, modified_seconds, modified_nanoseconds;
  uint64_t type;  // of the mode's bits
};
bool made_identify(int file, const char *name, int folder, struct made *found);
struct made *made_find(const struct made *wanted);
void made_remember(struct made *earlier, const struct made *file);
void made_forget(struct made *file);
struct made *made_find_held(int file);
bool made_written(const struct made *before, const struct made *now);
void made_renew(struct made *file, int held);

// guard_config.c
enum { GUARD_NOT_MADE = 1 };
int guard_replace_config(const struct call *call, const struct place *from, const struct place *to, const char **problem);
int guard_remove_made(const struct call *call, const struct place *place);
bool guard_spares_made(struct verdict verdict, int dir, const char *name);

// guard_sockets.c
void guard_remember_socket(int dir, const char *name);
bool socket_allowed(const struct op_list *list, const char *path, int target);

struct verdict guard_judge(const struct call *call, struct place *place, bool directory);
bool guard_leaves_git(const struct place *from, const struct place *to);
bool guard_lock(const struct call *call, int directory);
void guard_unlock(struct guard *guard);
void guard_take_away(const struct call *call, const struct place *place, int flags);
bool guard_allow_changes(const struct call *call, int directory);
bool guard_moved(const struct call *call, struct place *place, bool directory);
bool guard_refuses(const struct call *call, struct place *place, const char *operation, bool directory);

#endif
