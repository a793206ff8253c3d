// `open` reaches everything but what must never be reached: private, loopback, link-local and the host's own addresses, by literal and by
// name, whichever way they are asked for: T25, T27.
import assert from "node:assert/strict";
import { hostname, networkInterfaces } from "node:os";
import { test } from "node:test";
import { answerHttp, collect, denials, openLane } from "../support/egress/lane.js";
import { cordonArgv, exec } from "../support/exec.js";
import { identities, ordinary, superuser } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

const NEVER = [
  ...["127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"],
  ...["100.100.100.200", "192.0.0.192", "198.51.100.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "168.63.129.16"],
  ...["[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]", "[ff02::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"],
  ...["[2002:7f00:1::]", "[::127.0.0.1]"],
];
const OTHER_SPELLINGS = ["2130706433", "0x7f.1", "017700000001", "127.1", "localhost.", "LOCALHOST", "foo.localhost"];

function own(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.flatMap(({ family, address, internal }) => (family === "IPv4" && !internal ? address : []));
}

for (const identity of identities) {
  test(`as ${identity.name}: no forbidden address, by literal or by name`, { timeout: 120_000 }, async (t) => {
    const stage = makeStage(t, identity);
    const collector = await collect(t, answerHttp, "::");
    const lane = openLane(stage, { mode: "open" });
    const hosts = [...NEVER, ...OTHER_SPELLINGS, "localhost", hostname(), ...own()];
    const ways = ["-x http://127.0.0.1:3128", "-p -x http://127.0.0.1:3128", "--socks5-hostname 127.0.0.1:1080"];
    const [local] = own();
    for (const host of ["127.0.0.1", "localhost", hostname(), "[::1]", ...(local === undefined ? [] : [local])])
      assert.equal((await exec(["curl", "-sS", `http://${host}:${collector.port}/`])).stdout, "reached", host);
    const before = collector.count();
    for (const way of ways) {
      const tries = hosts.map(
        (host) => `curl -sS -g --max-time 5 --noproxy '' ${way} http://${host}:${collector.port}/`,
      );
      const result = await lane.run(tries.map((each) => `${each} 2>/dev/null`).join("; "));
      assert.doesNotMatch(result.stdout, /^reached/m, way);
    }
    assert.equal(collector.count(), before);
    const denied = lane.events().filter(({ type }) => type === "network.denied");
    const told = new Set(denied.map(({ host, code }) => `${String(code)} ${String(host)}`));
    const expected = [
      "127.0.0.1",
      "10.0.0.1",
      "169.254.169.254",
      "100.64.0.1",
      "::1",
      "fd00:ec2::254",
      "localhost",
      hostname(),
      ...own(),
    ];
    for (const host of expected) assert.ok(told.has(`address ${host}`), `${host}: ${[...told].join(", ")}`);
  });

  test(`as ${identity.name}: nor when the connection is caught on its way`, { timeout: 60_000 }, async (t) => {
    const stage = makeStage(t, identity);
    const collector = await collect(t, answerHttp, "::");
    const lane = openLane(stage, { mode: "open" });
    const hosts = ["10.0.0.1", "169.254.169.254", "192.168.1.1", "[fd00:ec2::254]", hostname(), ...own()];
    const tries = hosts.map((host) => `curl -sS -g --max-time 5 --noproxy '*' http://${host}:${collector.port}/`);
    assert.doesNotMatch((await lane.run(tries.join("; "))).stdout, /^reached/m);
    assert.equal(collector.count(), 0);
    const denied = denials(lane.events());
    for (const host of ["10.0.0.1", "169.254.169.254", "192.168.1.1", "fd00:ec2::254"])
      assert.ok(denied.includes(`address ${host}:${collector.port}`), denied.join(", "));
  });
}

test("a public address is reached, literally and in a namespace where it is one's neighbour", {
  skip: superuser === undefined ? "only root can make such a namespace" : false,
  timeout: 60_000,
}, async (t) => {
  const stage = makeStage(t, ordinary);
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network: { mode: "open" } }));
  const curl = "curl -sS --max-time 5 http://11.1.2.3:8000/; curl -sS --max-time 5 --noproxy '*' http://11.1.2.3:8000/";
  const cordon = cordonArgv(
    "run",
    "-p",
    stage.path("policy.yaml"),
    "-w",
    stage.workspace,
    "--quiet",
    "--",
    "sh",
    "-c",
    curl,
  );
  const server = 'require("http").createServer((q, r) => r.end("reached ")).listen(8000, () => console.log("up"))';
  const script = `
    ip link set lo up && ip route add local 11.0.0.0/8 dev lo
    coproc node -e '${server}'; read -r up <&"\${COPROC[0]}"
    "$@"; kill "$COPROC_PID"`;
  const result = await exec(["unshare", "--net", "bash", "-c", script, "bash", ...ordinary.become(cordon)], {
    env: { HOME: ordinary.home },
  });
  assert.equal(result.stdout, "reached reached ", result.stderr);
});
