# Changes a file's rights or names without a path that anybody could judge: attributes, ACLs, ioctls on descriptors opened for reading.
# usage: rights.py KIND FILE     prints the number of the error, or 0
import ctypes
import fcntl
import os
import struct
import sys

NOBODY_ELSE = 0xFFFFFFFF
# USER_OBJ rwx, USER 12345 rwx, GROUP_OBJ r, MASK rwx, OTHER rwx (linux/posix_acl_xattr.h)
ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", *entry)
    for entry in [(1, 7, NOBODY_ELSE), (2, 7, 12345), (4, 4, NOBODY_ELSE), (16, 7, NOBODY_ELSE), (32, 7, NOBODY_ELSE)]
)
CAPABILITY = struct.pack("<IIIII", 0x02000001, 0x2000, 0, 0, 0)
SETXATTRAT = 463
GETFLAGS = 0x80086601
SETFLAGS = 0x40086602
NO_DUMP = 0x40
IOCTLS = {
    "fssetxattr": (0x401C5820, struct.pack("<I24x", 0x80)),
    "enable-verity": (0x40806685, struct.pack("<III116x", 1, 1, 4096)),
    "encryption-policy": (0x800C6613, struct.pack("<12x")),
    "btrfs-subvol-create": (0x5000940E, bytes(4096)),
    "btrfs-snap-create": (0x50009401, bytes(4096)),
    "btrfs-snap-create-v2": (0x50009417, bytes(4096)),
    "btrfs-subvol-create-v2": (0x50009418, bytes(4096)),
    "btrfs-snap-destroy": (0x5000940F, bytes(4096)),
    "btrfs-snap-destroy-v2": (0x5000943F, bytes(4096)),
    "btrfs-subvol-setflags": (0x4008941A, bytes(8)),
    "btrfs-set-received": (0xC0C89425, bytes(200)),
    "bcachefs-subvol-create": (0x4020BC10, bytes(32)),
    "bcachefs-subvol-destroy": (0x4020BC11, bytes(32)),
    "ocfs2-reflink": (0x40186F04, bytes(24)),
}


def set_at(path, name, value):
    class Arguments(ctypes.Structure):
        _fields_ = [("value", ctypes.c_void_p), ("size", ctypes.c_uint32), ("flags", ctypes.c_uint32)]

    buffer = ctypes.create_string_buffer(value, len(value))
    arguments = Arguments(ctypes.addressof(buffer), len(value), 0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(SETXATTRAT, -100, path.encode(), 0, name.encode(), ctypes.byref(arguments), ctypes.sizeof(arguments)) != 0:
        raise OSError(ctypes.get_errno(), "setxattrat")


def flags_of(fd):
    flags = bytearray(8)
    fcntl.ioctl(fd, GETFLAGS, flags)
    return flags


def set_flags(path):
    # As chattr does: one flag more. Without the file's other flags this would ask ext4 to store the file in another form, which it may refuse.
    fd = os.open(path, os.O_RDONLY)
    (flags,) = struct.unpack("<L4x", flags_of(fd))
    fcntl.ioctl(fd, SETFLAGS, bytearray(struct.pack("<L4x", flags | NO_DUMP)))


def act(kind, path):
    if kind == "setflags":
        set_flags(path)
    elif kind in IOCTLS:
        number, argument = IOCTLS[kind]
        fcntl.ioctl(os.open(path, os.O_RDONLY), number, bytearray(argument))
    elif kind == "acl":
        os.setxattr(path, "system.posix_acl_access", ACL)
    elif kind == "default-acl":
        os.setxattr(os.path.dirname(path), "system.posix_acl_default", ACL)
    elif kind == "acl-by-descriptor":
        os.setxattr(os.open(path, os.O_RDONLY), "system.posix_acl_access", ACL)
    elif kind == "acl-by-link":
        os.setxattr(path, "system.posix_acl_access", ACL, follow_symlinks=False)
    elif kind == "acl-at":
        set_at(path, "system.posix_acl_access", ACL)
    elif kind == "remove-acl":
        os.removexattr(path, "system.posix_acl_access")
    elif kind == "user":
        os.setxattr(path, "user.planted", b"x")
    elif kind == "capability":
        os.setxattr(path, "security.capability", CAPABILITY)
    else:
        sys.exit(2)


def state(path):
    # What a person outside finds: attributes and flags of the file and its folder.
    for each in (path, os.path.dirname(path)):
        flags = flags_of(os.open(each, os.O_RDONLY))
        print(oct(os.stat(each).st_mode), flags.hex(), {name: os.getxattr(each, name).hex() for name in sorted(os.listxattr(each))})


if sys.argv[1] == "state":
    state(sys.argv[2])
else:
    try:
        act(sys.argv[1], sys.argv[2])
        print(0)
    except OSError as error:
        print(error.errno)
