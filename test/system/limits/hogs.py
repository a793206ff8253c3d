"""Hogs for limits.test.ts, each with a bound of its own: whatever holds or doesn't, none takes more than its argument says."""
import os
import socket
import sys
import time

MIB = 1024 * 1024


def memory(mib):
    held = []
    try:
        for _ in range(mib):
            held.append(bytearray(b"x" * MIB))
    except MemoryError:
        print("refused at", len(held), flush=True)
        time.sleep(1)
        return
    print("got all", flush=True)


def memory_many(count, mib):
    for _ in range(count):
        if os.fork() == 0:
            held = bytearray(b"x" * (mib * MIB))
            time.sleep(5)
            os._exit(len(held) & 1)
    print("forked", flush=True)
    time.sleep(5)
    print("got all", flush=True)


def forks(count):
    made = 0
    for _ in range(count):
        try:
            if os.fork() == 0:
                time.sleep(2)
                os._exit(0)
            made += 1
        except OSError:
            time.sleep(0.02)
    print("made", made, flush=True)


def burn(processes, seconds):
    end = time.time() + seconds
    for _ in range(processes - 1):
        if os.fork() == 0:
            break
    while time.time() < end:
        pass
    print("used", time.process_time(), flush=True)
    if os.getpid() != os.getpgid(0):
        os._exit(0)
    time.sleep(0.3)


def fill_one(mib):
    with open("filled", "wb", 0) as file:
        for _ in range(mib):
            file.write(b"x" * MIB)
    print("wrote all", flush=True)


def fill_many(mib):
    for index in range(mib):
        with open(f"filled{index}", "wb", 0) as file:
            file.write(b"x" * MIB)
    print("wrote all", flush=True)


def fill_deleted(mib):
    held = []
    for index in range(mib // 20):
        file = open(f"gone{index}", "wb", 0)
        os.unlink(f"gone{index}")
        held.append(file)
        for _ in range(20):
            file.write(b"x" * MIB)
    print("wrote all", flush=True)


def sparse(mib):
    with open("sparse", "wb") as file:
        file.truncate(mib * MIB)
    print("made", flush=True)


def descriptors(count):
    held = []
    try:
        for _ in range(count):
            held.append(open("/dev/null"))
    except OSError as error:
        print("refused at", len(held), error.errno, flush=True)
        return
    print("got all", flush=True)


def names(count):
    resolver = ("127.0.0.1", 53)
    asked = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(20)
        for index in range(count):
            label = b"n%d" % index
            question = b"".join(bytes([len(part)]) + part for part in (label, b"denied", b"example")) + b"\0"
            client.sendto(b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0" + question + b"\0\x01\0\x01", resolver)
            client.recv(512)
            asked += 1
    print("asked", asked, flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](*(int(word) for word in sys.argv[2:]))
