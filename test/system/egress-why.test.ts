// What `cordon why` says of a host is what happens inside: each question is asked, then tried with and without the proxy (H14).
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerHttp, collect, NO_PROXY, openLane } from "../support/egress/lane.js";
import { cordonArgv } from "../support/exec.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

/** Host, port; whether it is expected isn't said: the sandbox says it. */
const QUESTIONS: readonly (readonly [string, number])[] = [
  ...([
    ["a.test", 80],
    ["a.test", 443],
    ["a.test", 8080],
    ["b.a.test", 80],
    ["A.TEST", 80],
  ] as const),
  ...([
    ["x.wild.test", 80],
    ["wild.test", 80],
    ["deny.test", 80],
    ["deny.test", 8080],
    ["port.test", 80],
  ] as const),
  ...([
    ["port.test", 8443],
    ["192.0.2.7", 80],
    ["192.0.2.7", 81],
    ["192.0.2.8", 80],
    ["[2001:db8::7]", 80],
  ] as const),
  ...([
    ["[2001:db8::8]", 80],
    ["10.0.0.1", 80],
    ["10.0.0.2", 80],
    ["localhost", 80],
    ["127.0.0.1", 80],
  ] as const),
  ...([
    ["169.254.169.254", 80],
    ["evil.test", 80],
    ["1.1.1.1", 80],
    ["xn--bcher-kva.test", 80],
    ["ads.test", 80],
  ] as const),
];

test("each answer holds inside, with the proxy variables and without them", { timeout: 120_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const server = await collect(t, answerHttp);
  const connect = `127.0.0.1:${server.port}`;
  const rule = (host: string, ports: readonly number[]) => ({ host, ports, connect });
  const network = {
    allow: [
      ...[rule("a.test", [80]), rule("x.wild.test", [80]), rule("deny.test", [80, 8080]), rule("port.test", [8443])],
      ...[
        rule("192.0.2.7", [80]),
        rule("[2001:db8::7]", [80]),
        rule("10.0.0.1", [80]),
        rule("xn--bcher-kva.test", [80]),
        rule("ads.test", [80]),
      ],
    ],
    deny: [{ host: "deny.test", ports: [80] }],
    dns: { blocklists: [stage.write("block.rpz", "$ORIGIN rpz.\n@ SOA a. b. 1 1 1 1 1\n@ NS a.\nads.test CNAME .\n")] },
  };
  const lane = openLane(stage, network);
  const url = ([host, port]: readonly [string, number]): string => `http://${host}:${port}/`;
  const tries = QUESTIONS.map((each) => `curl -s -g --max-time 5 ${url(each)} | grep -c '^reached'`).join("; ");
  const tried = [await lane.run(tries), await lane.run(NO_PROXY + tries)].map(({ stdout }) =>
    stdout.trim().split("\n"),
  );
  const yes = { count: 0 };
  for (const [index, each] of QUESTIONS.entries()) {
    const asked = await stage.outside(
      cordonArgv("why", "-p", stage.path("policy.yaml"), "-w", stage.workspace, `${each[0]}:${each[1]}`),
    );
    const said = /^(yes|no): /.exec(asked.stdout)?.[1];
    assert.equal(asked.code, said === "yes" ? 0 : 1, asked.stdout + asked.stderr);
    yes.count += asked.code === 0 ? 1 : 0;
    const really = tried.map((lines) => (lines[index] === "1" ? "yes" : "no"));
    assert.deepEqual(really, [said, said], `${url(each)}\n${asked.stdout}`);
  }
  assert.ok(yes.count >= 8 && yes.count < QUESTIONS.length, String(yes.count));
});

test("where everything is open, forbidden addresses are still a no", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const lane = openLane(stage, { mode: "open", deny: ["evil.test"] });
  const hosts = ["10.0.0.1", "127.0.0.1", "169.254.169.254", "[::1]", "100.64.0.1", "evil.test", "localhost"];
  const tries = hosts.map(
    (host) => `curl -s -g --max-time 5 --noproxy '' -o /dev/null -w '%{http_code}\\n' http://${host}/`,
  );
  const { stdout } = await lane.run(tries.join("; "));
  assert.deepEqual(
    stdout.trim().split("\n"),
    hosts.map(() => "403"),
  );
  for (const host of hosts) {
    const asked = await stage.outside(
      cordonArgv("why", "-p", stage.path("policy.yaml"), "-w", stage.workspace, `${host}:80`),
    );
    assert.equal(asked.code, 1, `${host}: ${asked.stdout}`);
  }
});
