// Shared by the files of the watch over decoys.
#ifndef CORDON_CANARY_H
#define CORDON_CANARY_H

#include "cordon.h"

#include <unistd.h>

enum { MAX_CANARIES = 32, MAX_OPENERS = 16 };

struct canary {
  const char *path;
  int file;           // the lease's
  int watch;          // of inotify: who opens it while there is no lease; -1: none
  dev_t device;
  ino_t inode;
  bool leased;
  unsigned expected;  // opens that were told before they were made
};

struct opener {
  pid_t process;
  bool exact;  // it was seen to wait for this very file
  char program[1024];
};

// canary_openers.c
size_t openers_find(int proc, const struct canary *canary, struct opener found[MAX_OPENERS]);

#endif
