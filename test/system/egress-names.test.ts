// Names: only the policy's are answered, by Cordon itself whichever server is asked, and blocklists hold for every way in: T26.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { answerHttp, collect, denials, openLane } from "../support/egress/lane.js";
import { lacking } from "../support/egress/tools.js";
import { cordonArgv, exec } from "../support/exec.js";
import { ordinary, superuser } from "../support/identity.js";
import { type Cleanup, makeStage } from "../support/stage.js";

const DIG = "dig +time=2 +tries=1";

async function udpCollector(cleanup: Cleanup): Promise<{ readonly port: number; readonly count: () => number }> {
  let count = 0;
  const socket = createSocket("udp4", () => {
    count += 1;
  });
  socket.bind(0, "0.0.0.0");
  await once(socket, "listening");
  cleanup.after(() => void socket.close());
  return { port: socket.address().port, count: () => count };
}

test("names that no rule has don't exist, and are told", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const lane = openLane(stage, { allow: ["a.test", "*.wild.test"] });
  const script = `
    for name in a.test x.wild.test wild.test evil.test secret.evil.test example.com; do
      echo "$name $(getent hosts $name | wc -l)"
    done`;
  const result = await lane.run(script);
  assert.equal(result.stdout, "a.test 1\nx.wild.test 1\nwild.test 0\nevil.test 0\nsecret.evil.test 0\nexample.com 0\n");
  const denied = lane.events().flatMap(({ type, name }) => (type === "dns.denied" ? [name] : []));
  for (const name of ["wild.test", "evil.test", "secret.evil.test", "example.com"])
    assert.ok(denied.includes(name), name);
});

test("whichever server dig asks, over UDP or TCP, Cordon answers", { timeout: 60_000 }, async (t) => {
  const lack = await lacking(["dig"]);
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const lane = openLane(stage, { allow: ["a.test"] });
  for (const server of ["", "@8.8.8.8", "@127.0.0.1", "@10.0.0.1", "@2001:4860:4860::8888"])
    for (const transport of ["+notcp", "+tcp"]) {
      const ask = (more: string): string => `${DIG} ${transport} ${server} ${more}`;
      const result = await lane.run(
        `${ask("a.test +short")}; ${ask("evil.test")} | grep -o 'status: [A-Z]*'; ${ask("AAAA a.test")} | grep -oE 'status: [A-Z]*|ANSWER: [0-9]*'`,
      );
      assert.match(
        result.stdout,
        /^198\.1[89]\.\d+\.\d+\nstatus: NXDOMAIN\nstatus: NOERROR\nANSWER: 0\n$/,
        `${server} ${transport} ${result.stdout}`,
      );
    }
});

test("datagrams to any other port, and queries themselves, stay inside", { timeout: 60_000 }, async (t) => {
  const lack = await lacking(["dig"]);
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const collector = await udpCollector(t);
  const lane = openLane(stage, { allow: ["a.test"] });
  const ask = `${DIG} -p ${collector.port} @127.0.0.1 a.test`;
  await exec(["bash", "-c", ask]);
  assert.equal(collector.count(), 1);
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
  await lane.run(`${ask}; ${DIG} -p ${collector.port} @${own} a.test; true`);
  assert.equal(collector.count(), 1);
});

test("no query leaves the host for a name that isn't allowed", {
  skip: superuser === undefined ? "only root can stand in for the host's name server" : false,
  timeout: 60_000,
}, async (t) => {
  const stage = makeStage(t, ordinary);
  stage.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network: { allow: ["allowed.test"] } }));
  const server = `const socket = require("dgram").createSocket("udp4").bind(53, "127.0.0.1", () => console.log("up"));
    socket.on("message", (message) => console.log("asked " + message.toString("latin1").replace(/[^a-z]+/g, " ")));`;
  const curl = (host: string): string =>
    `curl -s -m 5 http://${host}/; curl -s -m 5 --noproxy "*" http://${host}/; curl -s -m 5 -p -x http://127.0.0.1:3128 http://${host}/; curl -s -m 5 --noproxy "" --socks5-hostname 127.0.0.1:1080 http://${host}/; getent hosts ${host};`;
  const cordon = ["run", "-p", stage.path("policy.yaml"), "-w", stage.workspace, "--quiet", "--", "sh", "-c"];
  const inside = ordinary.become(cordonArgv(...cordon, `${curl("secret.evil.test")} ${curl("allowed.test")} true`));
  const script = `
    ip link set lo up && mount --bind "$1" /etc/resolv.conf && shift
    coproc node -e '${server}'; read -r up <&"\${COPROC[0]}"
    "$@" >/dev/null 2>&1; kill "$COPROC_PID"; cat <&"\${COPROC[0]}"`;
  const argv = ["unshare", "--net", "--mount", "bash", "-c", script, "bash", stage.path("resolv.conf"), ...inside];
  const { stdout, stderr } = await exec(argv, { env: { HOME: ordinary.home } });
  assert.match(stdout, /asked .*allowed test/, stderr);
  assert.doesNotMatch(stdout, /evil|secret/);
});

test("a blocklist holds for look-ups, CONNECT, SOCKS and plain requests alike", { timeout: 60_000 }, async (t) => {
  const stage = makeStage(t, ordinary);
  const list = stage.write(
    "block.rpz",
    "$ORIGIN rpz.\n@ SOA a. b. 1 1 1 1 1\n@ NS a.\nads.site.test CNAME .\n*.bad.site.test CNAME .\n",
  );
  const collector = await collect(t, answerHttp);
  const ruleOf = (host: string) => ({ host, ports: [80], connect: `127.0.0.1:${collector.port}` });
  const allow = ["www.site.test", "ads.site.test", "x.bad.site.test"].map(ruleOf);
  const lane = openLane(stage, { allow, dns: { blocklists: [list] } });
  const ways = ["--noproxy '*'", "", "-p -x http://127.0.0.1:3128", "--socks5-hostname 127.0.0.1:1080"];
  for (const [host, reached] of [
    ["www.site.test", 4],
    ["ads.site.test", 0],
    ["x.bad.site.test", 0],
  ] as const) {
    const before = collector.count();
    await lane.run(ways.map((way) => `curl -s --max-time 5 ${way} http://${host}/`).join("; "));
    assert.equal(collector.count() - before, reached, host);
  }
  const denied = denials(lane.events());
  assert.ok(denied.includes("blocklist x.bad.site.test:80"), denied.join());
});

test("a program that asks only for what the host has (AI_ADDRCONFIG) finds an address", {
  timeout: 60_000,
}, async (t) => {
  const stage = makeStage(t, ordinary);
  const lane = openLane(stage, { allow: ["a.test"] });
  const result = await lane.run("getent ahostsv4 a.test | head -n 1; getent ahostsv4 b.test || echo none");
  assert.match(result.stdout, /^198\.18\.\d+\.\d+ +STREAM a\.test\nnone\n$/);
});
