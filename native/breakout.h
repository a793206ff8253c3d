// cordon-prober: what attacks of `cordon breakout` need and no shell can do. It runs inside the sandbox under attack, and outside of it
// for the baseline. It must never do anything to the host that outlives it: calls that could are made with arguments that can't work.
#ifndef CORDON_BREAKOUT_H
#define CORDON_BREAKOUT_H

#include <stddef.h>

// Result of a call: 0 or more, or -1 with errno set.
typedef long (*call_fn)(int count, char **words);

struct call {
  const char *name;
  call_fn make;
};

extern const struct call kernel_calls[];
extern const struct call mount_calls[];
extern const struct call foreign_calls[];
extern const struct call socket_calls[];

// Prints what a connection answers.
int send_to(int count, char **words);
// Starts a program on a terminal, and prints what was typed there.
int on_terminal_of_its_own(char **argv);
// The process that is attacked; lives until its standard input ends.
int be_victim(void);

long number(const char *word);

#endif
