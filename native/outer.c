// The outer process's loop: control lines from the supervisor, messages from the sandbox's first process, the terminal, the guard.
// When anything it depends on is gone, the sandbox ends.
#define _GNU_SOURCE
#include "cordon.h"
#include "gather.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct state {
  struct sandbox *sandbox;
  struct terminal *terminal;
  int signals;
  struct listeners listeners;
  struct gather gather;
  bool stands, go, started, ended;  // `ended`: how the command ended has been told
  char end_line[64];
  char line[16384];
  size_t used;
};

enum { LEAVE_MS = 500 };

static void end_everything(struct state *state) {
  const struct sandbox *sandbox = state->sandbox;
  // Of a sandbox that isn't ours only the command that joined it ends: by whoever leads it there, who reads no more from us.
  if (sandbox->first == 0 || sandbox->only_killed) shutdown(sandbox->inner, SHUT_WR);
  else syscall(SYS_pidfd_send_signal, sandbox->first_pidfd, SIGKILL, NULL, 0);
  if (sandbox->first == 0 && sandbox->child > 0) kill(sandbox->child, SIGKILL);
}

// Node listens anew on what it is given, with a queue of 511. A connection that finds no room there waits a second for its next attempt, or
// is taken for made by the one side alone. The supervisor has all of them when it says `go`.
static void lengthen_queues(struct state *state) {
  struct listeners *kept = &state->listeners;
  for (size_t i = 0; i < kept->count; i++) {
    if (listen(kept->fds[i], LISTEN_QUEUE) != 0) die("network", "a listener was lost");
    close(kept->fds[i]);
  }
  kept->count = 0;
}

void listeners_keep(struct listeners *listeners, int fd) {
  if (fd >= 0 && listeners->count == MAX_LISTENERS) close(fd);
  else if (fd >= 0) listeners->fds[listeners->count++] = fd;
}

static void maybe_start(struct state *state) {
  if (!state->stands || !state->go || state->started) return;
  if (!canary_await(state->sandbox)) {
    end_everything(state);
    return;
  }
  state->started = true;
  lengthen_queues(state);
  channel_send(state->sandbox->inner, 'G', 0, -1);
}

// Joins the sandbox's mount namespace in a child and hides one path there.
static void mask_now(struct state *state, const char *escaped) {
  char path[4096];
  unescape_text(path, sizeof path, escaped);
  if (path[0] != '/' || !state->stands) return;
  pid_t child = fork();
  if (child != 0) return;
  errno = 0;
  int root = -1;
  if (enter_namespace(state->sandbox->mount_ns, CLONE_NEWNS))
    root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root >= 0 && special_mask(root, path) == 0) report_line("masked %s", escaped);
  else report_line("mask-failed %d %s", errno, escaped);
  _exit(0);
}

static void obey(struct state *state, char *line) {
  if (strcmp(line, "go") == 0) {
    state->go = true;
    maybe_start(state);
  } else if (strcmp(line, "kill") == 0) {
    end_everything(state);
  } else if (strcmp(line, "pause") == 0 || strcmp(line, "resume") == 0) {
    if (state->started) channel_send(state->sandbox->inner, 'P', line[0] == 'p', -1);
  } else if (strncmp(line, "attach ", 7) == 0) {
    if (state->started) join_request(state->sandbox, line + 7);
  } else if (strncmp(line, "mask ", 5) == 0) {
    mask_now(state, line + 5);
  } else if (strncmp(line, "dial ", 5) == 0) {
    dial_request(state->sandbox->dials, line + 5);
  } else if (strncmp(line, "signal ", 7) == 0) {
    int number = atoi(line + 7);
    if (number == SIGCONT) terminal_resume(state->terminal);
    if (number == SIGWINCH && state->terminal != NULL) terminal_resized(state->terminal);
    else if (state->started) channel_send(state->sandbox->inner, 'K', number, -1);
    // A command that hasn't started can't handle it.
    else if (number == SIGTERM || number == SIGINT || number == SIGHUP) end_everything(state);
  }
}

static void read_control(struct state *state) {
  ssize_t got = recv(FD_CONTROL, state->line + state->used, sizeof state->line - state->used, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0 || state->used + (size_t)got == sizeof state->line) {
    // The supervisor is gone (or talks nonsense): fail closed.
    end_everything(state);
    shutdown(FD_CONTROL, SHUT_RD);
    return;
  }
  state->used += (size_t)got;
  char *start = state->line, *newline;
  while ((newline = memchr(start, '\n', state->used - (size_t)(start - state->line))) != NULL) {
    *newline = 0;
    obey(state, start);
    start = newline + 1;
  }
  state->used -= (size_t)(start - state->line);
  memmove(state->line, start, state->used);
}

static void start_guard(struct state *state, int notify) {
  struct sandbox *sandbox = state->sandbox;
  sandbox->notify = notify;
  sandbox->guard = fork();
  if (sandbox->guard < 0) die("guard", "it could not be started");
  if (sandbox->guard == 0) {
    gather_join(sandbox->lines);
    guard_main(sandbox);
  }
  close(notify);
}

static void told_end(struct state *state, const char *word, int value) {
  state->ended = true;
  snprintf(state->end_line, sizeof state->end_line, "%s %d", word, value);
}

// false: the channel is closed.
static bool read_inner(struct state *state) {
  struct message message;
  int descriptor;
  if (!channel_receive(state->sandbox->inner, &message, &descriptor)) return false;
  gather_now(&state->gather);
  const struct op *program = ops_find(state->sandbox->list, OP_ARG);
  char name[512];
  switch (message.kind) {
    case 'T': terminal_attach(state->terminal, descriptor); break;
    case 't':
    case 'H': attach_give(state->sandbox, descriptor); break;
    case 'L': listeners_keep(&state->listeners, descriptor); break;
    case 'N': start_guard(state, descriptor); break;
    case 'S':
      state->stands = true;
      canary_start(state->sandbox);
      report_line("started %d", (int)state->sandbox->first);
      maybe_start(state);
      break;
    case 'W':
      terminal_suspend(state->terminal);
      report_line("stopped %d", message.value);
      break;
    case 'C': report_line("continued"); break;
    case 'P': report_line(message.value != 0 ? "paused" : "resumed"); break;
    case 'D':
    case 'X':
      escape_text(name, sizeof name, message.kind == 'D' ? ops_find(state->sandbox->list, OP_CWD)->field[0].bytes
                                     : program == NULL   ? ""
                                                         : program->field[0].bytes);
      report_line("exec-failed %d %s", message.value, name);
      told_end(state, "exit", message.kind == 'D' ? EXIT_CORDON : message.value == ENOENT ? 127 : 126);
      break;
    case 'E': told_end(state, "exit", message.value); break;
    case 'Q': told_end(state, "signal", message.value); break;
    default: break;
  }
  return true;
}

// A line of the supervisor's that finds nobody fails there, and with it goes what we said last. So we go when it has heard us and has nothing
// more to say; one that doesn't hear us holds up nobody for long.
static void take_leave(void) {
  char unheard[512];
  struct pollfd control = {.fd = FD_CONTROL, .events = POLLIN};
  if (shutdown(FD_CONTROL, SHUT_WR) != 0) return;
  while (poll(&control, 1, LEAVE_MS) > 0 && recv(FD_CONTROL, unheard, sizeof unheard, MSG_DONTWAIT) > 0) {
  }
}

// Nothing of ours is there any more when we have gone.
static void end_helpers(const struct sandbox *sandbox, bool wait) {
  const pid_t helpers[] = {sandbox->guard, sandbox->dialer};
  for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++) {
    if (helpers[i] <= 0) continue;
    if (!wait) kill(helpers[i], SIGKILL);
    else waitpid(helpers[i], NULL, 0);
  }
}

_Noreturn static void finish(struct state *state, int status) {
  if (state->sandbox->stage == WALL_DONE)
    while (read_inner(state)) {
    }
  if (state->sandbox->walled) wall_wait(state->sandbox);
  canary_end(state->sandbox);
  end_helpers(state->sandbox, false);
  gather_end(&state->gather);
  terminal_drain(state->terminal);
  terminal_restore(state->terminal);
  errno = 0;
  if (state->ended) report_line("%s", state->end_line);
  else if (state->stands) report_line("signal %d", WIFSIGNALED(status) ? WTERMSIG(status) : SIGKILL);
  else if (state->sandbox->walled) wall_failed(state->sandbox, status);
  else if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_CORDON) die("start", "the first process of the sandbox was killed");
  take_leave();
  end_helpers(state->sandbox, true);
  _exit(0);
}

static void read_signals(struct state *state) {
  struct signalfd_siginfo info;
  bool child = false, resized = false;
  while (read(state->signals, &info, sizeof info) == (ssize_t)sizeof info) {
    child |= info.ssi_signo == SIGCHLD;
    resized |= info.ssi_signo == SIGWINCH;
    // It comes from the kernel when the supervisor has died.
    if (info.ssi_signo == (uint32_t)SIGNAL_END) end_everything(state);
  }
  if (resized) terminal_resized(state->terminal);
  if (!child) return;
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == state->sandbox->child) finish(state, status);
    // Without it nothing more is connected, and each request says so (dial_request).
    if (pid == state->sandbox->dialer) state->sandbox->dialer = -1;
    if (pid == state->sandbox->canary) {
      state->sandbox->canary = -1;
      gather_end(&state->gather);
      report_line("error canary 0 the%%20watch%%20over%%20decoys%%20has%%20died");
      end_everything(state);
    }
    if (pid != state->sandbox->guard) continue;
    state->sandbox->guard = -1;
    gather_end(&state->gather);
    // No guard, no changes: the kernel answers ENOSYS by itself now. Say why the run ends.
    report_line("error guard 0 the%%20guard%%20has%%20died");
    end_everything(state);
  }
}

int outer_loop(struct sandbox *sandbox) {
  static struct state state;
  state.sandbox = sandbox;
  if (ops_find(sandbox->list, OP_TTY) != NULL) state.terminal = terminal_open();
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  sigaddset(&wanted, SIGWINCH);
  sigaddset(&wanted, SIGNAL_END);
  state.signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (state.signals < 0) die("signals", "no signalfd");
  gather_open(&state.gather, &sandbox->lines);
  bool inner_open = true;
  for (;;) {
    struct pollfd polled[9] = {{.fd = state.signals, .events = POLLIN},
                               {.fd = FD_CONTROL, .events = POLLIN},
                               {.fd = inner_open ? sandbox->inner : -1, .events = POLLIN},
                               {.fd = sandbox->channel ? FD_CHANNEL : -1, .events = POLLIN}};
    int limit_ms = gather_poll(&state.gather, &polled[1], &polled[4]);
    size_t slots = terminal_poll(state.terminal, polled + 5);
    if (poll(polled, 5 + slots, limit_ms) < 0 && errno != EINTR) die("outer", "poll");
    gather_ready(&state.gather, &polled[1], &polled[4]);
    if (polled[2].revents != 0)
      inner_open = sandbox->stage == WALL_DONE ? read_inner(&state) : wall_advance(sandbox, &state.listeners);
    if (!inner_open && sandbox->first == 0 && !sandbox->walled) finish(&state, SIGKILL);
    if (polled[3].revents != 0) sandbox->channel = node_discard();
    if (slots > 0) terminal_ready(state.terminal, polled + 5, slots);
    if ((polled[1].revents & ~POLLOUT) != 0) read_control(&state);
    if (polled[0].revents != 0) read_signals(&state);
  }
}
