// Lines on their way to the supervisor.
#ifndef CORDON_GATHER_H
#define CORDON_GATHER_H

#include "cordon.h"

struct gather {
  int from;      // what is told comes out of here
  bool waits;    // something came, and is carried on when it is `due`
  bool full;     // the supervisor has no room for `text`
  int64_t due;
  int delay;     // of the last look to that, in milliseconds
  size_t used;
  char text[32768];  // more than two lines
};

void gather_open(struct gather *gather, int *to);
void gather_join(int to);
int gather_poll(const struct gather *gather, struct pollfd *control, struct pollfd *lines);
void gather_ready(struct gather *gather, const struct pollfd *control, const struct pollfd *lines);
void gather_now(struct gather *gather);
void gather_end(struct gather *gather);

#endif
