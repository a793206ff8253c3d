# Sends prepared netlink messages in this network namespace as cordon-init does, then prints what the system's tools make of it.
import json
import socket
import struct
import subprocess
import sys


def messages(data):
    at = 0
    while at < len(data):
        size, kind, flags = struct.unpack_from("<IHH", data, at)
        yield kind, flags, data[at : at + size]
        at += (size + 3) & ~3


subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
for protocol, text in json.load(sys.stdin):
    data = bytes.fromhex(text)
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    netlink.settimeout(5)
    netlink.sendto(data, (0, 0))
    left = sum((flags >> 2) & 1 for _, flags, _ in messages(data))
    while left > 0:
        for kind, _, message in messages(netlink.recv(65536)):
            if kind == 2 and struct.unpack_from("<i", message, 16)[0] != 0:
                sys.exit(f"message {struct.unpack_from('<I', message, 8)[0]} was refused")
            left -= 1
subprocess.run(["nft", "list", "ruleset"], check=True)
print("=====", flush=True)
subprocess.run(["ip", "route", "show", "table", "local"], check=True)
subprocess.run(["ip", "-6", "route", "show", "table", "local"], check=True)
