# A terminal for tests: runs a program on a pseudo-terminal of its own and is steered by JSON lines.
# In: {"write": text} {"resize": [rows, columns]} {"modes": true} {"signal": number}
# Out: {"pid": n} {"data": text} {"modes": [iflag, oflag, cflag, lflag]} {"exit": code} or {"killed": signal}
import fcntl
import json
import os
import select
import struct
import sys
import termios


def say(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def resize(descriptor, rows, columns):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def obey(message, master, pid):
    if "write" in message:
        os.write(master, message["write"].encode())
    if "resize" in message:
        resize(master, *message["resize"])
    if "modes" in message:
        say(modes=termios.tcgetattr(master)[:4])
    if "signal" in message:
        os.kill(pid, message["signal"])


def read_terminal(master):
    try:
        return os.read(master, 65536)
    except OSError:  # EIO: the last holder of the other side is gone
        return b""


def relay(master, pid):
    """Until the program has ended and its last output was read."""
    pending = b""
    reaped = None
    steering = True
    while True:
        watched = [master] + ([0] if steering else [])
        ready, _, _ = select.select(watched, [], [], 0.02)
        if master in ready:
            data = read_terminal(master)
            if data:
                say(data=data.decode("utf-8", "replace"))
            elif reaped is not None:
                return reaped
        if 0 in ready:
            chunk = os.read(0, 65536)
            steering = bool(chunk)
            pending += chunk
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                obey(json.loads(line), master, pid)
        if reaped is None:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                reaped = status
        elif not ready:
            return reaped


def main():
    # The slave side stays open here as well, so that the terminal's modes can be read after the program has ended.
    master, slave = os.openpty()
    resize(master, 24, 80)
    pid = os.fork()
    if pid == 0:
        os.close(master)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for descriptor in range(3):
            os.dup2(slave, descriptor)
        if slave > 2:
            os.close(slave)
        os.execvp(sys.argv[1], sys.argv[1:])
    say(pid=pid)
    status = relay(master, pid)
    say(modes=termios.tcgetattr(master)[:4])
    if os.WIFSIGNALED(status):
        say(killed=os.WTERMSIG(status))
    else:
        say(exit=os.WEXITSTATUS(status))


main()
