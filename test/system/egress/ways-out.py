# Tries every kind of connection to one port of many addresses: "HOST PORT". The listener of the host says whether any arrived.
import errno, socket, struct, sys

host, port = sys.argv[1], int(sys.argv[2])
MARK = b"GET /way-out HTTP/1.0\r\n\r\n"
MPTCP, MSG_FASTOPEN, TCP_FASTOPEN_CONNECT = 262, 0x20000000, 30


def attempt(name, work):
    try:
        work()
    except OSError as error:
        print(name, errno.errorcode.get(error.errno, error))


def stream(address, family=socket.AF_INET, protocol=0, options=(), source=None):
    with socket.socket(family, socket.SOCK_STREAM, protocol) as s:
        s.settimeout(3)
        for option in options:
            s.setsockopt(*option)
        if source is not None:
            s.bind(source)
        s.connect(address)
        s.sendall(MARK)
        s.recv(100)


def datagram(address, family=socket.AF_INET, protocol=0):
    with socket.socket(family, socket.SOCK_DGRAM, protocol) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.sendto(b"way-out by a datagram", address)


def fast_open():
    with socket.socket() as s:
        s.settimeout(3)
        s.sendto(MARK, MSG_FASTOPEN, (host, port))
        s.recv(100)


for address in (host, "127.0.0.1", "0.0.0.0", "127.9.9.9", "10.0.0.1", "169.254.169.254", "198.18.0.1", "198.19.255.254", "224.0.0.1"):
    attempt(f"tcp {address}", lambda: stream((address, port)))
    attempt(f"udp {address}", lambda: datagram((address, port)))
    attempt(f"udp-lite {address}", lambda: datagram((address, port), protocol=136))
for address in ("::1", "::", f"::ffff:{host}", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fd00::1"):
    attempt(f"tcp {address}", lambda: stream((address, port), socket.AF_INET6))
    attempt(f"udp {address}", lambda: datagram((address, port), socket.AF_INET6))
for own in ("127.0.0.1", "::1"):
    family = socket.AF_INET6 if ":" in own else socket.AF_INET
    for listener in (15001, 15053, 3128, 1080, 53):
        attempt(f"listener {own} {listener}", lambda: stream((own, listener), family))
device = (socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
attempt("by device", lambda: stream((host, port), options=[device]))
attempt("by mark", lambda: stream((host, port), options=[(socket.SOL_SOCKET, 36, 1)]))
attempt("transparent", lambda: stream((host, port), options=[(socket.SOL_IP, 19, 1)], source=("8.8.8.8", 0)))
attempt("from a foreign address", lambda: stream((host, port), source=("8.8.8.8", 0)))
attempt("from its own address", lambda: stream((host, port), source=(host, 0)))
attempt("by source route", lambda: stream((host, port), options=[(socket.SOL_IP, 4, bytes([131, 7, 4, 8, 8, 8, 8, 0]))]))
attempt("fast open", fast_open)
attempt("fast open by connect", lambda: stream((host, port), options=[(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)]))
for name, protocol in (("mptcp", MPTCP), ("sctp", 132), ("smc", 256)):
    attempt(name, lambda: stream((host, port), protocol=protocol))
print("tried")
