// Kernel interfaces that Debian's headers lack or that libc doesn't wrap. Values are Linux UAPI constants.
#ifndef CORDON_KERNEL_H
#define CORDON_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// New mount API and friends: one numbering for x86-64 and arm64 since Linux 5.0 (asm-generic/unistd.h).
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define CORDON_OPEN_TREE_CLONE 1u
#define CORDON_OPEN_TREE_CLOEXEC 02000000u
#define CORDON_AT_RECURSIVE 0x8000u
#define CORDON_MOVE_MOUNT_F_EMPTY_PATH 0x04u
#define CORDON_MOVE_MOUNT_T_EMPTY_PATH 0x40u
#define CORDON_FSOPEN_CLOEXEC 1u
#define CORDON_FSMOUNT_CLOEXEC 1u
#define CORDON_FSCONFIG_SET_STRING 1u
#define CORDON_FSCONFIG_CMD_CREATE 6u

#define CORDON_ATTR_RDONLY 0x01u
#define CORDON_ATTR_NOSUID 0x02u
#define CORDON_ATTR_NODEV 0x04u
#define CORDON_ATTR_NOEXEC 0x08u
#define CORDON_ATTR_IDMAP 0x100000u

// pidfd_open(2): of a thread, not only of a process (Linux 6.9). PIDFD_GET_INFO (Linux 6.13, linux/pidfd.h), the first version of its struct.
#define CORDON_PIDFD_THREAD 0200u
#define CORDON_PIDFD_INFO_PID 1u

struct cordon_pidfd_info {
  uint64_t mask, cgroupid;
  uint32_t pid, tgid, ppid;
  uint32_t ids[8];
  int32_t exit_code;
};
#define CORDON_PIDFD_GET_INFO _IOWR(0xFF, 11, struct cordon_pidfd_info)

struct cordon_mount_attr {
  uint64_t attr_set;
  uint64_t attr_clr;
  uint64_t propagation;
  uint64_t userns_fd;
};

#define CORDON_RESOLVE_NO_MAGICLINKS 0x02u
#define CORDON_RESOLVE_NO_SYMLINKS 0x04u
#define CORDON_RESOLVE_IN_ROOT 0x10u

struct cordon_open_how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

struct cordon_landlock_ruleset {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
  uint64_t scoped;
};

struct cordon_landlock_path_beneath {
  uint64_t allowed_access;
  int32_t parent_fd;
} __attribute__((packed));

#define CORDON_LANDLOCK_RULE_PATH_BENEATH 1

// seccomp user notification (include/uapi/linux/seccomp.h).
#define CORDON_SECCOMP_SET_MODE_FILTER 1u
#define CORDON_SECCOMP_NEW_LISTENER (1u << 3)
#define CORDON_SECCOMP_WAIT_KILLABLE (1u << 5)
#define CORDON_NOTIF_FLAG_CONTINUE 1u
#define CORDON_ADDFD_SETFD 1u
#define CORDON_ADDFD_SEND 2u
#define CORDON_NOTIF_FD_SYNC_WAKE_UP 1ul

struct cordon_seccomp_data {
  int32_t nr;
  uint32_t arch;
  uint64_t instruction_pointer;
  uint64_t args[6];
};

struct cordon_notif {
  uint64_t id;
  uint32_t pid;
  uint32_t flags;
  struct cordon_seccomp_data data;
};

struct cordon_notif_resp {
  uint64_t id;
  int64_t val;
  int32_t error;
  uint32_t flags;
};

struct cordon_notif_addfd {
  uint64_t id;
  uint32_t flags;
  uint32_t srcfd;
  uint32_t newfd;
  uint32_t newfd_flags;
};

#define CORDON_NOTIF_RECV 0xc0502100ul
#define CORDON_NOTIF_SEND 0xc0182101ul
#define CORDON_NOTIF_ID_VALID 0x40082102ul
#define CORDON_NOTIF_ADDFD 0x40182103ul
#define CORDON_NOTIF_SET_FLAGS 0x40082104ul

_Static_assert(sizeof(struct cordon_notif) == 0x50, "the ioctl number holds this size");
_Static_assert(sizeof(struct cordon_notif_resp) == 0x18, "the ioctl number holds this size");
_Static_assert(sizeof(struct cordon_notif_addfd) == 0x18, "the ioctl number holds this size");

// struct statx (include/uapi/linux/stat.h), which musl's headers lack.
struct cordon_statx_time {
  int64_t seconds;
  uint32_t nanoseconds;
  int32_t reserved;
};

struct cordon_statx {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint32_t links, uid, gid;
  uint16_t mode, spare;
  uint64_t inode, size, blocks, attributes_mask;
  struct cordon_statx_time accessed, born, changed, modified;
  uint32_t node_major, node_minor, device_major, device_minor;
  uint64_t rest[14];
};

_Static_assert(sizeof(struct cordon_statx) == 256, "the kernel writes this many bytes");

#define CORDON_STATX_TYPE 0x001u
#define CORDON_STATX_MTIME 0x040u
#define CORDON_STATX_CTIME 0x080u
#define CORDON_STATX_INO 0x100u
#define CORDON_STATX_BTIME 0x800u

#define CORDON_CLONE_NEWTIME 0x80ul

static inline long cordon_openat2(int dir, const char *path, uint64_t flags, uint64_t resolve) {
  struct cordon_open_how how = {.flags = flags, .mode = 0, .resolve = resolve};
  return syscall(SYS_openat2, dir, path, &how, sizeof how);
}

static inline int cordon_close_range(unsigned first, unsigned last) {
  return (int)syscall(SYS_close_range, first, last, 0u);
}

#endif
