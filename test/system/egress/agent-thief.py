"""Asks an ssh-agent for everything that isn't a list or a login. Prints the type of each answer (5: refused, 6: done, 14: signed)."""
import json
import os
import socket
import struct
import sys


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">I", len(value)) + value


class Agent:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(os.environ["SSH_AUTH_SOCK"])

    def ask(self, kind, body=b""):
        try:
            self.socket.sendall(text(bytes([kind]) + body))
            size = b""
            while len(size) < 4:
                more = self.socket.recv(4 - len(size))
                if not more:
                    return b""
                size += more
            left, answer = struct.unpack(">I", size)[0], b""
            while len(answer) < left:
                answer += self.socket.recv(left - len(answer))
            return answer
        except OSError:
            return b""


def identities():
    answer = Agent().ask(11)
    count, at, found = struct.unpack(">I", answer[1:5])[0], 5, {}
    for _ in range(count):
        values = []
        for _ in range(2):
            size = struct.unpack(">I", answer[at:at + 4])[0]
            values.append(answer[at + 4:at + 4 + size])
            at += 4 + size
        found[values[1].decode()] = values[0]
    return found


def login(session, key, user="tester", method="publickey", host=None):
    body = text(session) + bytes([50]) + text(user) + text("ssh-connection") + text(method) + b"\x01"
    body += text("ssh-ed25519") + text(key)
    return body + (text(host) if host is not None else b"")


def sign(agent, key, data):
    return agent.ask(13, text(key) + text(data) + struct.pack(">I", 0))


def attempts(keys):
    lent, other = keys["lent"], keys.get("other", bytes.fromhex(sys.argv[1]))
    # Each on a connection of its own, but where it says so.
    yield "signing a text", sign(Agent(), lent, b"a text of the attacker's")
    yield "signing a login without a session", sign(Agent(), lent, login(b"s" * 32, lent))
    yield "signing with another key", sign(Agent(), other, login(b"s" * 32, other))
    yield "signing for another program", sign(Agent(), lent, b"SSHSIG" + text("git") + text("") + text("sha512") + text(b"x" * 64))
    forged = Agent()
    host = text("ssh-ed25519") + text(b"h" * 32)
    bind = text("session-bind@openssh.com") + text(host) + text(b"s" * 32) + text(text("ssh-ed25519") + text(b"x" * 64)) + b"\x00"
    forged.ask(27, bind)
    yield "signing for a session that nobody proved", sign(forged, lent, login(b"s" * 32, lent))
    yield "adding a key", Agent().ask(17, text("ssh-ed25519") + text(b"p" * 32) + text(b"k" * 32 + b"p" * 32) + text("added"))
    yield "removing a key", Agent().ask(18, text(other))
    yield "locking it", Agent().ask(22, text("word"))
    yield "unlocking it", Agent().ask(23, text("word"))
    yield "removing all", Agent().ask(19)
    yield "an extension", Agent().ask(27, text("query"))
    yield "an old request", Agent().ask(1)
    yield "a long message", Agent().ask(13, b"x" * 300000)


if __name__ == "__main__":
    keys = identities()
    print(json.dumps({"keys": sorted(keys), "answers": {name: (answer[:1] or b"\x00")[0] for name, answer in attempts(keys)}}))
