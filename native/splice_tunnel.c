// The tunnels of `cordon-init splice`: bytes go from socket to pipe to socket inside the kernel. Ends stay ends, resets stay resets, and
// who doesn't read is waited for: nothing is held but what one pipe holds.
//
// A pipe belongs to a direction only while bytes are in it: thousands of idle connections cost two descriptors each and nothing else.
#define _GNU_SOURCE
#include "cordon.h"
#include "splice.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIPE_BYTES = 256 * 1024, LARGE_PIPES = 64, TURNS = 16 };

// One socket, and the direction from it to the other.
struct side {
  struct tunnel *tunnel;
  int fd;
  bool readable, writable, ended, shut;
  struct tube tube;  // ends[0] is -1: none
  size_t waiting;    // bytes in the tube
  uint64_t passed;
};

struct tunnel {
  long id;
  struct side side[2];  // the client's, the upstream's
  bool dead, queued;
  struct tunnel *next;  // in the queue of those with a turn left, or of the dead
};

static bool tube_take(struct splicer *splicer, struct tube *tube) {
  if (splicer->kept_count > 0) {
    *tube = splicer->kept[--splicer->kept_count];
    return true;
  }
  if (pipe2(tube->ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    tube->ends[0] = -1;
    return false;
  }
  // Few are large: the kernel counts the pages of all pipes of a user.
  tube->large = splicer->large_count < LARGE_PIPES && fcntl(tube->ends[0], F_SETPIPE_SZ, PIPE_BYTES) >= 0;
  if (tube->large) splicer->large_count++;
  return true;
}

static void tube_give(struct splicer *splicer, struct tube *tube, bool empty) {
  if (tube->ends[0] < 0) return;
  if (empty && splicer->kept_count < KEPT_PIPES) {
    splicer->kept[splicer->kept_count++] = *tube;
  } else {
    close(tube->ends[0]);
    close(tube->ends[1]);
    if (tube->large) splicer->large_count--;
  }
  tube->ends[0] = -1;
}

static void tunnel_close(struct splicer *splicer, struct tunnel *tunnel, bool reset) {
  if (tunnel->dead) return;
  tunnel->dead = true;
  for (int each = 0; each < 2; each++) {
    struct side *side = &tunnel->side[each];
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    if (reset) setsockopt(side->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    // epoll watches the open file, which the supervisor has as well until it reads that this process got it (epoll(7)): without this, an event
    // could still name this tunnel once it is freed.
    epoll_ctl(splicer->epoll, EPOLL_CTL_DEL, side->fd, NULL);
    close(side->fd);
    tube_give(splicer, &side->tube, side->waiting == 0);
  }
  char line[160];
  snprintf(line, sizeof line, "{\"closed\":%ld,\"up\":%llu,\"down\":%llu,\"reset\":%s}\n", tunnel->id,
           (unsigned long long)tunnel->side[0].passed, (unsigned long long)tunnel->side[1].passed, reset ? "true" : "false");
  splice_say(line);
  if (tunnel->queued) return;
  tunnel->next = splicer->dead;
  splicer->dead = tunnel;
}

enum pace { PACE_WAITS, PACE_GOES, PACE_BROKEN };

// From one side's socket into its tube, which is empty: so "again" can only mean the socket.
static enum pace fill(struct splicer *splicer, struct side *from) {
  if (from->tube.ends[0] < 0 && !tube_take(splicer, &from->tube)) return PACE_BROKEN;
  ssize_t got = splice(from->fd, NULL, from->tube.ends[1], NULL, PIPE_BYTES, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
  if (got > 0) from->waiting = (size_t)got;
  else if (got == 0) from->ended = true;
  else if (errno == EAGAIN) from->readable = false;
  else if (errno != EINTR) return PACE_BROKEN;
  return from->readable ? PACE_GOES : PACE_WAITS;
}

static enum pace empty(struct side *from, struct side *to) {
  ssize_t put = splice(from->tube.ends[0], NULL, to->fd, NULL, from->waiting, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
  if (put > 0) {
    from->waiting -= (size_t)put;
    from->passed += (size_t)put;
    return PACE_GOES;
  }
  if (put < 0 && errno == EINTR) return PACE_GOES;
  if (put == 0 || errno != EAGAIN) return PACE_BROKEN;
  to->writable = false;
  return PACE_WAITS;
}

// At most a few pieces: nobody's stream holds up the others'.
static enum pace carry(struct splicer *splicer, struct side *from, struct side *to) {
  enum pace pace = PACE_GOES;
  for (int turn = 0; turn < TURNS && pace == PACE_GOES; turn++) {
    if (from->waiting > 0) pace = to->writable ? empty(from, to) : PACE_WAITS;
    else if (from->ended || !from->readable) pace = PACE_WAITS;
    else pace = fill(splicer, from);
  }
  if (pace == PACE_BROKEN) return pace;
  if (from->waiting == 0) tube_give(splicer, &from->tube, true);
  if (from->ended && from->waiting == 0 && !from->shut) {
    from->shut = true;
    if (shutdown(to->fd, SHUT_WR) != 0) return PACE_BROKEN;
  }
  return pace;
}

static void tunnel_run(struct splicer *splicer, struct tunnel *tunnel) {
  struct side *client = &tunnel->side[0], *upstream = &tunnel->side[1];
  enum pace up = carry(splicer, client, upstream), down = PACE_BROKEN;
  if (up != PACE_BROKEN) down = carry(splicer, upstream, client);
  if (up == PACE_BROKEN || down == PACE_BROKEN) {
    tunnel_close(splicer, tunnel, true);
  } else if (client->shut && upstream->shut) {
    tunnel_close(splicer, tunnel, false);
  } else if ((up == PACE_GOES || down == PACE_GOES) && !tunnel->queued) {
    tunnel->queued = true;
    tunnel->next = splicer->queue;
    splicer->queue = tunnel;
  }
}

void tunnel_open(struct splicer *splicer, long id, int client, int upstream) {
  struct tunnel *tunnel = calloc(1, sizeof *tunnel);
  if (tunnel == NULL) _exit(EXIT_CORDON);
  *tunnel = (struct tunnel){.id = id};
  bool watched = true;
  for (int each = 0; each < 2; each++) {
    struct side *side = &tunnel->side[each];
    *side = (struct side){.tunnel = tunnel, .fd = each == 0 ? client : upstream, .tube = {.ends = {-1, -1}}};
    int flags = fcntl(side->fd, F_GETFL), on = 1, idle_s = 60;
    fcntl(side->fd, F_SETFL, flags | O_NONBLOCK);
    // Only TCP knows it; with others there is nothing to keep alive.
    setsockopt(side->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(side->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    // Edges: what is ready already is told at once.
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = side};
    watched = watched && epoll_ctl(splicer->epoll, EPOLL_CTL_ADD, side->fd, &event) == 0;
  }
  if (!watched) tunnel_close(splicer, tunnel, true);
}

void tunnel_ready(struct splicer *splicer, struct side *side, uint32_t events) {
  struct tunnel *tunnel = side->tunnel;
  if (tunnel->dead) return;
  if ((events & EPOLLERR) != 0) {
    tunnel_close(splicer, tunnel, true);
    return;
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) side->readable = true;
  if ((events & (EPOLLOUT | EPOLLHUP)) != 0) side->writable = true;
  tunnel_run(splicer, tunnel);
}

static void run_queue(struct splicer *splicer) {
  struct tunnel *queue = splicer->queue;
  splicer->queue = NULL;
  while (queue != NULL) {
    struct tunnel *tunnel = queue;
    queue = tunnel->next;
    tunnel->queued = false;
    if (!tunnel->dead) {
      tunnel_run(splicer, tunnel);
      continue;
    }
    tunnel->next = splicer->dead;
    splicer->dead = tunnel;
  }
}

static void bury(struct splicer *splicer) {
  while (splicer->dead != NULL) {
    struct tunnel *tunnel = splicer->dead;
    splicer->dead = tunnel->next;
    free(tunnel);
  }
}

void tunnels_turn(struct splicer *splicer) {
  run_queue(splicer);
  bury(splicer);
}
