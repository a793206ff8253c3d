// Everything that the files of cordon-init share: the parsed op list, reporting, and one function per duty.
#ifndef CORDON_H
#define CORDON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FD_OPS = 3, FD_CONTROL = 4, FD_CHANNEL = 5 };
// For another program's wall: what it hands on to the cordon-init inside, by these numbers.
enum { FD_MEETING = 3, FD_SELF = 6, FD_FIRST_FILE = 10 };
// EXIT_KILLED: of the first process, when the command was ended by SIGKILL.
enum { EXIT_CORDON = 125, EXIT_KILLED = 137 };

enum op_code {
  OP_NAMESPACES = 1, OP_IDENTITY = 2, OP_MAP_OWNER = 3, OP_HOSTNAME = 4, OP_UMASK = 5, OP_TTY = 6,
  OP_ROOT = 10, OP_DIRECTORY = 11, OP_TMPFS = 12, OP_BIND = 13, OP_FILE = 14, OP_SYMLINK = 15, OP_PROC = 16, OP_WHOLE_PROC = 20, OP_DEV = 17,
  OP_MASK = 18, OP_ATTRIBUTES = 19,
  OP_RLIMIT = 30, OP_LANDLOCK = 31, OP_LANDLOCK_PATH = 32, OP_SECCOMP = 33,
  OP_LOOPBACK = 40, OP_NETLINK = 41, OP_LISTEN = 42, OP_DIAL = 43, OP_MEET = 44,
  OP_GUARD_ROOT = 50, OP_GUARD_NAME = 51, OP_SOCKET_TREE = 52, OP_CANARY = 53,
  OP_ENV = 60, OP_ARG = 61, OP_CWD = 62,
  OP_WALL = 70, OP_WALL_ENV = 71, OP_WALL_FILE = 72, OP_WALL_MEET = 73,
  OP_END = 99,
};

enum { BIND_WRITE = 1, BIND_EXEC = 2, BIND_DIRECTORY = 4, BIND_IDMAP = 8, BIND_OPTIONAL = 16 };
enum { TMPFS_EXEC = 1, TMPFS_SEAL = 2 };
enum { ATTRIBUTE_READ_ONLY = 1, ATTRIBUTE_NO_EXEC = 2 };
enum { GUARD_RULED = 1, GUARD_FREE = 2 };
enum { SECCOMP_NOTIFY = 1, SECCOMP_NESTED = 2 };
enum name_kind { NAME_NONE = 0, NAME_PROTECT = 1, NAME_DENY = 2, NAME_GIT_CONFIG = 3 };

enum { MAX_FIELDS = 5 };

// One field: a number, or `size` bytes at `bytes` (for a text the size leaves the NUL out).
struct field {
  uint64_t number;
  const char *bytes;
  size_t size;
};

struct op {
  enum op_code code;
  struct field field[MAX_FIELDS];
};

struct op_list {
  struct op *ops;
  size_t count;
  char *buffer;
  size_t size;  // of the buffer
};

// ops.c: returns NULL and fills `list`, or what is wrong. Has no side effect but memory.
const char *ops_parse(char *buffer, size_t size, struct op_list *list);
const char *ops_load(int fd, struct op_list *list);
void ops_read(int fd, struct op_list *list);
const struct op *ops_find(const struct op_list *list, enum op_code code);
#define FOR_OPS(list, wanted, each) \
  for (const struct op *each = (list)->ops; each < (list)->ops + (list)->count; each++) \
    if (each->code == (wanted))

// report.c: control lines and the one way of giving up.
void report_text(char *line, size_t size);
void report_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void escape_text(char *to, size_t capacity, const char *from);
void unescape_text(char *to, size_t capacity, const char *from);
_Noreturn void die(const char *stage, const char *format, ...) __attribute__((format(printf, 2, 3)));

// channel.c: messages with at most one descriptor between our own processes (SOCK_SEQPACKET).
struct message {
  char kind;
  int32_t value;
};
void channel_send(int fd, char kind, int32_t value, int descriptor);
bool channel_receive(int fd, struct message *message, int *descriptor);

// node.c: sockets for the supervisor.
enum node_type { NODE_SERVER, NODE_UDP4, NODE_UDP6, NODE_SOCKET };
bool node_pass(int fd, enum node_type type, const char *id);
bool node_discard(void);

// outer.c / launch.c
int launch_main(const struct op_list *list);
void launch_prepare(const struct op_list *list);
int attach_main(const struct op_list *list);
int inside_main(const char *path);
int probe_main(void);
int splice_main(void);

struct sandbox {
  const struct op_list *list;
  int inner;         // our end of the channel to the sandbox's first process
  pid_t first;       // its pid in our numbering; 0: not known yet, or the sandbox is another's, and a command joins it
  int first_pidfd;
  pid_t child;       // what the outer process waits for: the first process, or the program that makes the wall
  pid_t guard, outer, dialer, canary;
  int lines;         // where processes of ours that tell much write (gather.c)
  int watched;       // a byte comes when the decoys are watched; 0: there are none, or it has come
  bool walled;       // the namespaces are made by another program
  bool only_killed;  // killing the first process isn't the end of everything inside
  enum wall_stage { WALL_DONE, WALL_MEETING, WALL_STARTED, WALL_GIVEN } stage;
  int complaints;    // what that program wrote to its standard error
  bool channel;      // FD_CHANNEL is open
  int dials;         // our end of the channel to the dialer, -1 when there is none
  int notify;        // seccomp notification descriptor, -1 when there is none
  int mount_ns, net_ns;
  int host_proc;     // O_PATH of the host's /proc
};
int outer_loop(struct sandbox *sandbox);

// enter.c: into a running sandbox's namespaces, from outside.
int enter_open(pid_t pid, const char *name);
bool enter_namespace(int namespace, int kind);
bool enter_ids(const struct sandbox *sandbox);

// wall.c: another program makes the namespaces and the tree.
enum { MAX_LISTENERS = 512 };
struct listeners {
  int fds[MAX_LISTENERS];
  size_t count;
};
void listeners_keep(struct listeners *listeners, int fd);
void wall_start(struct sandbox *sandbox);
bool wall_advance(struct sandbox *sandbox, struct listeners *listeners);
void wall_wait(const struct sandbox *sandbox);
_Noreturn void wall_failed(const struct sandbox *sandbox, int status);

// terminal.c: relays between the user's terminal and the sandbox's own one.
struct terminal;
struct terminal *terminal_open(void);
void terminal_attach(struct terminal *terminal, int master);
void terminal_imitate(int user, int slave);
void terminal_suspend(struct terminal *terminal);
void terminal_resume(struct terminal *terminal);
void terminal_resized(struct terminal *terminal);
void terminal_drain(struct terminal *terminal);
void terminal_restore(struct terminal *terminal);
struct pollfd;
size_t terminal_poll(struct terminal *terminal, struct pollfd *slots);
void terminal_ready(struct terminal *terminal, const struct pollfd *slots, size_t count);

// tree.c, special.c: the mount tree.
struct tree {
  int root;             // O_PATH of the new root
  dev_t own[96];        // file systems that we made: only in them may a mount point be created
  size_t own_count;
};
int *tree_take_sources(const struct op_list *list, int *prepared);
int tree_prepare_idmapped(const struct op_list *list, int **prepared);
void tree_build(const struct op_list *list, const int *sources);
int tree_target(const struct tree *tree, const char *path, bool directory);
int tree_clone(int dir, const char *path, uint64_t attr_set);
void tree_attach(int mount, int target, const char *path);
int tree_new_fs(const char *type, const char *const *options, uint64_t attributes);
void tree_own(struct tree *tree, int mount);
void special_proc(struct tree *tree, const char *target, bool whole);
void special_dev(struct tree *tree, const char *target);
void special_mask_store(struct tree *tree);
int special_mask(int root, const char *target);

// confine.c
void confine_identity(const struct op_list *list, bool given);
void confine_limits(const struct op_list *list);
void confine_capabilities(bool keep_ptrace);
void confine_keyring(void);
void confine_landlock(const struct op_list *list);
int confine_seccomp(const struct op_list *list);

// network.c
// How many connections may wait for the supervisor. The kernel cuts it to net.core.somaxconn, which is 4096 by default.
enum { LISTEN_QUEUE = 4096 };
void network_setup(const struct op_list *list, int outer);
struct network_refusal {
  const char *why;
  unsigned message;  // its sequence number when the kernel refused one, else 0
};
bool network_loopback_up(void);
bool network_exchange(int protocol, const char *bytes, size_t size, struct network_refusal *refused);

// dial.c
int dial_start(struct sandbox *sandbox);
void dial_request(int fd, const char *text);

// inner.c, command.c: the sandbox's first process.
_Noreturn void inner_main(const struct op_list *list, int outer, bool walled, int *prepared);
struct command {
  const struct op_list *run;    // environment and folder
  const struct op_list *asked;  // the command itself
  bool joined;                  // it isn't the sandbox's own: its end is nobody else's
  pid_t keeper;                 // 0: none is needed
};
_Noreturn void command_supervise(const struct command *asked, int outer, int terminal_slave);

// keeper.c
pid_t keeper_start(int outer);

// attach.c: outside; join.c: outside in the run's own cordon-init, then inside.
void attach_give(const struct sandbox *sandbox, int slave);
int meet_socket(const char *path, bool listens);
bool meet_is_own(int fd);
void join_request(const struct sandbox *sandbox, const char *text);
void join_start(const struct op_list *run, int channel);

// pause.c: stops everything inside but the first process, which calls it.
enum { PAUSE_AGAIN_MS = 100 };
void pause_begin(void);
void pause_again(void);
void pause_end(void);

// guard.c and its parts: makes changes in guarded trees on behalf of the sandbox.
_Noreturn void guard_main(const struct sandbox *sandbox);
void guard_enter(const struct sandbox *sandbox);

// canary.c: a process that tells who opens a decoy. canary_await: false when it has died, which ends the run.
void canary_start(struct sandbox *sandbox);
bool canary_await(struct sandbox *sandbox);
void canary_end(struct sandbox *sandbox);

struct guard_names {
  const struct op_list *list;
};
struct verdict {
  enum name_kind kind;  // NAME_NONE: no rule
  bool exact;           // the path itself is the name, not something below it
  bool prefix;          // the path could become a parent of a protected name
};
bool names_guarded(const struct op_list *list, const char *path, bool *ruled);
struct verdict names_judge(const struct op_list *list, const char *path);
typedef bool spares(struct verdict verdict, int dir, const char *name);
bool names_holds_protected(const struct op_list *list, int dir, const char *name, const char *new_path, spares *spared);
const char *gitconfig_problem(char *text, size_t size, const char *old_text, size_t old_size);

int pidfd_of(pid_t pid);
// Ends a process of ours. None of those that a shell, timeout(1) or a terminal sends to the whole process group, to which ours belong: those
// are for the supervisor, which hands them to the command.
#define SIGNAL_END SIGRTMAX
int set_parent_death(int signal);

// descriptors.c: closes every descriptor from `from` on but those in `kept` (-1 stands for none). False when the kernel refused.
bool close_others(unsigned from, const int *kept, size_t count);

#endif
