import assert from "node:assert/strict";
import { test } from "node:test";
import { explain, explanationText } from "./explain.js";
import { explainAlert } from "./explain-record.js";
import { resolve } from "./resolve.js";
import { fakeView, HOME_PATHS } from "./testing/host.js";
import { fixturePolicy, type Sections } from "./testing/policy.js";

function explanationOf(changes: Sections, lines: Readonly<Record<string, number>> = {}) {
  const policy = fixturePolicy(changes, lines);
  const view = fakeView({
    paths: [...HOME_PATHS, "/data/a.txt", "/run/llm.sock socket", "/home/ada/project/.env"],
    env: { LC_ALL: "very-private" },
  });
  const result = resolve(policy, view, {
    command: ["agent", "\u001b[31m"],
    cwd: "/home/ada/project",
    backend: "native",
  });
  if (!result.ok) assert.fail(JSON.stringify(result.problems));
  const enforcement = result.plan.controls
    .slice(1)
    .map((control) => ({ control, status: "enforced" as const, mechanism: `wall of ${control}` }));
  const unenforced = [{ control: result.plan.controls[0] ?? "", reason: "no walls today" }];
  return explain({ plan: result.plan, policy, artifact: { enforcement, unenforced } });
}

test("every control that is asked for has a row with its mechanism, or the reason why nothing holds it", () => {
  const { controls } = explanationOf({ filesystem: { deny: ["**/.env"] }, limits: { memoryBytes: 1024 } });
  assert.ok(controls.length > 20);
  assert.equal(controls[0]?.status, "unenforced");
  assert.equal(controls[0]?.mechanism, "no walls today");
  for (const row of controls.slice(1)) assert.equal(row.mechanism, `wall of ${row.id}`);
});

test("grants, denials and sockets are listed with the line that says so", () => {
  const lines = { "filesystem.read.0": 4, "filesystem.deny.0": 6, "network.sockets.0": 9 };
  const explanation = explanationOf(
    { filesystem: { read: ["/data"], deny: ["**/.env"] }, network: { sockets: ["/run/llm.sock"] } },
    lines,
  );
  assert.deepEqual(explanation.reads[1], {
    path: "/data",
    reason: "named by the policy",
    place: "/home/ada/project/cordon.yaml:4:3",
  });
  assert.deepEqual(explanation.hides[1], {
    path: "**/.env",
    reason: "denied by the policy (1 found now)",
    place: "/home/ada/project/cordon.yaml:6:3",
  });
  assert.equal(explanation.reaches[0]?.path, "/run/llm.sock");
  assert.ok(explanation.protects.includes(".git/hooks"));
});

test("where the record goes besides and what is watched for is said in words, without the query of an address", () => {
  const webhook = { kind: "webhook", url: "https://hooks.example.com/in?key=private" } as const;
  const syslog = { kind: "syslog", over: "tcp", host: "logs.example.com", port: 514 } as const;
  const rest = { batch: 500, spoolBytes: 1024 ** 2 };
  const alerts = [
    { on: "network.denied", over: { count: 5, perMs: 60_000 }, do: ["notify", "webhook:https://a.b/?key=private"] },
    { on: "memory", above: { share: 0.9 }, forMs: 30_000, do: ["pause"] },
  ] as const;
  const text = explanationText(
    explanationOf({
      audit: {
        ship: [
          { to: webhook, secret: "env:KEY", ...rest },
          { to: syslog, ...rest },
        ],
      },
    }),
  );
  assert.match(text, /https:\/\/hooks.example.com\/in +with TLS; signed with env:KEY; up to 1M wait on disk/);
  assert.match(text, /syslog\+tcp:\/\/logs.example.com:514 +NOT ENCRYPTED/);
  assert.ok(!text.includes("key=private"));
  const told = alerts.map(explainAlert);
  assert.deepEqual(told, [
    "network.denied more than 5 times in 1m: notify, webhook:https://a.b/",
    "memory over 90% for 30s: pause",
  ]);
});

test("the text never shows values of variables nor control characters of a command", () => {
  const text = explanationText(explanationOf({}));
  assert.ok(text.includes("LC_ALL") && !text.includes("very-private"));
  assert.ok(!text.includes("\u001b"));
  assert.match(text, /It can reach\n {2}nothing: there is no network/);
  assert.match(text, /held by: NOT HELD: no walls today/);
});
