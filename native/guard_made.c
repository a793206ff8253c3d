// What this run itself has made, for the rules that ask: sockets that it may connect to, configs that it may remove again. A bounded list of
// files; changes nothing in the tree.
#define _GNU_SOURCE
#include "guard.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_MADE = 4096 };

static struct {
  struct made files[MAX_MADE];
  size_t next;
} made;

// With its time of birth, where the file system has one: the number alone goes to the next file.
//
// Given a folder, with that and with the time of its last change, too: what somebody outside has written into, linked or moved to another
// folder since isn't found any more.
bool made_identify(int file, const char *name, int folder, struct made *found) {
  struct cordon_statx status;
  struct stat where;
  unsigned wanted = CORDON_STATX_TYPE | CORDON_STATX_INO | CORDON_STATX_MTIME | CORDON_STATX_CTIME | CORDON_STATX_BTIME;
  int flags = AT_SYMLINK_NOFOLLOW | (name[0] == 0 ? AT_EMPTY_PATH : 0);
  memset(found, 0, sizeof *found);
  if (syscall(SYS_statx, file, name, flags, wanted, &status) != 0 || (status.mask & CORDON_STATX_INO) == 0) return false;
  found->type = status.mode & S_IFMT;
  found->device = (uint64_t)status.device_major << 32 | status.device_minor;
  found->inode = status.inode;
  if ((status.mask & CORDON_STATX_BTIME) != 0) {
    found->born_seconds = status.born.seconds;
    found->born_nanoseconds = status.born.nanoseconds;
  }
  if (folder < 0) return true;
  if ((status.mask & CORDON_STATX_CTIME) == 0 || fstat(folder, &where) != 0) return false;
  found->changed_seconds = status.changed.seconds;
  found->changed_nanoseconds = status.changed.nanoseconds;
  found->modified_seconds = status.modified.seconds;
  found->modified_nanoseconds = status.modified.nanoseconds;
  found->folder_device = where.st_dev;
  found->folder_inode = where.st_ino;
  return true;
}

struct made *made_find(const struct made *wanted) {
  for (size_t i = 0; i < MAX_MADE; i++)
    if (memcmp(&made.files[i], wanted, sizeof *wanted) == 0) return &made.files[i];
  return NULL;
}

// In the place of an earlier version, if there was one. After more than the list holds, the oldest is a stranger's again.
void made_remember(struct made *earlier, const struct made *file) {
  if (earlier == NULL) {
    earlier = &made.files[made.next];
    made.next = (made.next + 1) % MAX_MADE;
  }
  *earlier = *file;
}

// In whatever folder it stands.
struct made *made_find_held(int file) {
  struct made wanted;
  if (!made_identify(file, "", file, &wanted)) return NULL;
  for (size_t i = 0; i < MAX_MADE; i++) {
    wanted.folder_device = made.files[i].folder_device;
    wanted.folder_inode = made.files[i].folder_inode;
    if (memcmp(&made.files[i], &wanted, sizeof wanted) == 0) return &made.files[i];
  }
  return NULL;
}

// Whether somebody wrote into it in between.
bool made_written(const struct made *before, const struct made *now) {
  return before->inode != now->inode || before->modified_seconds != now->modified_seconds ||
         before->modified_nanoseconds != now->modified_nanoseconds;
}

// After a change by the guard itself.
void made_renew(struct made *file, int held) {
  struct made now;
  if (!made_identify(held, "", held, &now) || made_written(file, &now)) {
    made_forget(file);
    return;
  }
  file->changed_seconds = now.changed_seconds;
  file->changed_nanoseconds = now.changed_nanoseconds;
}

void made_forget(struct made *file) { memset(file, 0, sizeof *file); }
