"""Runs a command where everything that it changes and every packet that it sends can be seen: `alone.py SCRATCH -- COMMAND...`, as root, in a
mount and a network namespace of its own (unshare -m -n). The folders of the system and of users are the lower part of overlays, the only
way out is a tun device. Prints {"status", "changed", "packets"} as JSON on its last line."""
import ctypes
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys

FOLDERS = ["/etc", "/home", "/root", "/var", "/usr", "/opt", "/srv"]
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x1, 0x1000
SIOCSIFADDR, SIOCSIFFLAGS, SIOCADDRT, IFF_UP, RTF_UP = 0x8916, 0x8914, 0x890B, 0x1, 0x1


def address(text):
    return struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(text))


def raise_device(name, own=None):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        if own is not None:
            fcntl.ioctl(control, SIOCSIFADDR, struct.pack("16s16s8x", name, address(own)))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name, IFF_UP))


def way_out():
    """A device that everything goes to which isn't for loopback; nobody answers behind it."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"way0", IFF_TUN | IFF_NO_PI))
    # The kernel's own greetings on a new device are none of the command's packets.
    greetings = "/proc/sys/net/ipv6/conf/way0/disable_ipv6"
    if os.path.exists(greetings):
        with open(greetings, "w") as file:
            file.write("1")
    raise_device(b"lo")
    raise_device(b"way0", "198.51.100.2")
    name = ctypes.create_string_buffer(b"way0")
    places = address("0.0.0.0") + address("0.0.0.0") + address("0.0.0.0")
    route = struct.pack("L48sHhLPhPLLH", 0, places, RTF_UP, 0, 0, 0, 0, ctypes.addressof(name), 0, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCADDRT, route)
    return device


def cover(scratch):
    uppers = []
    for folder in FOLDERS:
        if not os.path.isdir(folder) or os.path.islink(folder):
            continue
        upper, work = (os.path.join(scratch, kind + folder.replace("/", "-")) for kind in ("upper", "work"))
        for path in (upper, work):
            os.mkdir(path)
        status = os.stat(folder)
        os.chown(upper, status.st_uid, status.st_gid)
        os.chmod(upper, status.st_mode & 0o7777)
        options = f"lowerdir={folder},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, folder], check=True)
        uppers.append((folder, upper))
    return uppers


def changes(uppers):
    found = []
    for folder, upper in uppers:
        for at, folders, files in os.walk(upper):
            found += [os.path.join(folder, os.path.relpath(os.path.join(at, name), upper)) for name in files]
            if at != upper and not folders and not files:
                found.append(os.path.join(folder, os.path.relpath(at, upper)) + "/")
    return sorted(found)


def main():
    scratch, command = sys.argv[1], sys.argv[3:]
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", scratch], check=True)
    uppers = cover(scratch)
    device = way_out()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    packets = []
    running = True
    while running:
        running = child.poll() is None
        while select.select([device], [], [], 0.2)[0]:
            packets.append(os.read(device, 65536)[:64].hex())
    print(json.dumps({"status": child.returncode, "changed": changes(uppers), "packets": packets[:20]}))


main()
