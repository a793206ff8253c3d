// Rules for hosts hold on the guest's kernel too: its netfilter is another one, and its Landlock knows no TCP. The clients are bash's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answerHttp, collect, denials, NO_PROXY, openLane } from "../support/egress/lane.js";
import { describeResult } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

function get(host: string): string {
  const request = `printf 'GET / HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n'`;
  return `(exec 3<>/dev/tcp/${host}/80 && ${request} >&3 && timeout 60 cat <&3) 2>/dev/null; echo; `;
}

for (const identity of identities) {
  test(`as ${identity.name}, a host is reached by its rule, without a proxy's variables, and no other`, async (t) => {
    const stage = makeStage(t, identity);
    const server = await collect(t, answerHttp);
    const lane = openLane(stage, { allow: [{ host: "a.test", ports: [80], connect: `127.0.0.1:${server.port}` }] });
    const allowed = await lane.run(`${NO_PROXY} ${get("a.test")}`);
    assert.match(allowed.stdout, /reached/, describeResult(allowed));
    assert.equal(server.count(), 1);
    const denied = await lane.run(`${NO_PROXY} ${get("b.test")} ${get("10.0.0.1")}`);
    assert.doesNotMatch(denied.stdout, /reached/);
    assert.equal(server.count(), 1);
    const names = lane.events().flatMap(({ type, name }) => (type === "dns.denied" ? [name] : []));
    assert.deepEqual([...new Set(names)], ["b.test"]);
    assert.match(denials(lane.events()).join(), /10\.0\.0\.1:80/);
  });
}
