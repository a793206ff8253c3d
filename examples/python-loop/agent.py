# The smallest agent there is: a loop that asks a model on a unix socket (llama.cpp's server and others speak this protocol) and does what
# the model calls for. It has no safeguards of its own, which is the point: what it can do is what the sandbox lets it do.
#
#   cordon run --set 'network.sockets=["/run/llm.sock"]' -- python3 agent.py /run/llm.sock "Mend the tests"
import http.client
import json
import pathlib
import socket
import subprocess
import sys


class Model(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


def read_file(path):
    return pathlib.Path(path).read_text()


def replace_in_file(path, before, after):
    file = pathlib.Path(path)
    file.write_text(file.read_text().replace(before, after))
    return "done"


def shell(command):
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    return f"{done.stdout}{done.stderr}\nstatus {done.returncode}"


TOOLS = {
    read_file: ["path"],
    replace_in_file: ["path", "before", "after"],
    shell: ["command"],
}


def description(tool, names):
    text = {"type": "string"}
    schema = {"type": "object", "properties": {name: text for name in names}, "required": names}
    return {"type": "function", "function": {"name": tool.__name__, "parameters": schema}}


def ask(path, messages):
    tools = [description(tool, names) for tool, names in TOOLS.items()]
    body = json.dumps({"model": "local", "messages": messages, "tools": tools})
    model = Model(path)
    model.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
    answer = json.load(model.getresponse())
    return answer["choices"][0]["message"]


def call(function):
    known = {tool.__name__: tool for tool in TOOLS}
    try:
        return known[function["name"]](**json.loads(function["arguments"]))
    except Exception as error:
        return f"failed: {error}"


def main(path, prompt):
    messages = [{"role": "user", "content": prompt}]
    while True:
        message = ask(path, messages)
        messages.append(message)
        print(message.get("content") or "", flush=True)
        calls = message.get("tool_calls") or []
        if not calls:
            return
        for each in calls:
            messages.append({"role": "tool", "tool_call_id": each["id"], "content": call(each["function"])})


main(*sys.argv[1:])
