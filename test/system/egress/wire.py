# Sends the bytes of a list of attempts, some at a time, and prints what each was answered: {"id": "start of the answer"}.
# An attempt is {"id", "host", "port", "udp", "tls", "alpn", "sends": [base64, ...], "lingerMs"}: after each of `sends` it waits for an answer.
import base64, json, queue, socket, ssl, sys, threading

attempts = queue.Queue()
for attempt in json.load(open(sys.argv[1])):
    attempts.put(attempt)
answers = {}


def connected(attempt):
    if attempt.get("udp"):
        connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        connection.settimeout(3)
        connection.connect((attempt["host"], attempt["port"]))
        return connection
    connection = socket.create_connection((attempt["host"], attempt["port"]), timeout=3)
    if not attempt.get("tls"):
        return connection
    context = ssl.create_default_context()
    if attempt.get("alpn"):
        context.set_alpn_protocols([attempt["alpn"]])
    return context.wrap_socket(connection, server_hostname=attempt["tls"])


def tried(attempt):
    answer = b""
    try:
        connection = connected(attempt)
        for bytes_ in attempt["sends"]:
            connection.sendall(base64.b64decode(bytes_))
            part = connection.recv(4096)
            answer = answer + part if len(answer) < 200 else answer
            if not part:
                break
        connection.settimeout(attempt.get("lingerMs", 1) / 1000)
        while connection.recv(65536):
            pass
    except OSError as error:
        answer = answer or type(error).__name__.encode()
    return answer[:300].decode("latin1")


def work():
    while True:
        try:
            attempt = attempts.get_nowait()
        except queue.Empty:
            return
        answers[attempt["id"]] = tried(attempt)


workers = [threading.Thread(target=work) for _ in range(12)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print(json.dumps(answers))
