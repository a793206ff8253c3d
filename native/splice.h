// What the two halves of `cordon-init splice` share: the channel to the supervisor (splice.c) and the tunnels (splice_tunnel.c).
#ifndef CORDON_SPLICE_H
#define CORDON_SPLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEPT_PIPES = 64, LINE = 512 };

struct tube {
  int ends[2];
  bool large;
};

struct side;
struct tunnel;

struct splicer {
  int epoll, half;  // half: the client's socket of a tunnel whose upstream hasn't come yet
  long half_id;
  struct tube kept[KEPT_PIPES];
  size_t kept_count, large_count;
  struct tunnel *queue, *dead;
  char line[LINE];
  size_t line_size;
};

// splice.c
void splice_say(const char *text);

// splice_tunnel.c
void tunnel_open(struct splicer *splicer, long id, int client, int upstream);
void tunnel_ready(struct splicer *splicer, struct side *side, uint32_t events);
// Those with a turn left, and those that have ended: after all events of a batch, which may point to them.
void tunnels_turn(struct splicer *splicer);

#endif
