import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeView } from "../../plan/testing/host.js";
import { planOf } from "../../plan/testing/plans.js";
import { handOff } from "./hand-off.js";
import { exportKinds, loadExporter } from "./kinds.js";
import { comment, lostBy, sectionLines } from "./section.js";
import { shownMounts, unguarded } from "./tree.js";

const { facts } = fakeView({ paths: [] });
const NOTHING = { pass: [], set: {} };

test("what only a running Cordon gives isn't in what is handed off", () => {
  const { plan } = planOf({
    policy: {
      network: { mode: "allowlist", allow: [{ host: "api.example.com", ports: [443], inspect: true }] },
      process: { env: { pass: ["TERM", "LC_X"], set: { MODE: "a", NO_PROXY: "mine" } } },
    },
    host: { env: { TERM: "xterm", API_KEY: "k" } },
  });
  const handed = handOff(plan, { pass: ["TERM", "LC_X", "A_*"], set: { MODE: "a", NO_PROXY: "mine" } });
  assert.equal(handed.plan.network.mode, "none");
  assert.deepEqual(handed.plan.network.listeners, []);
  assert.equal(handed.plan.command.env["HTTPS_PROXY"], undefined);
  assert.equal(handed.plan.command.env["SSL_CERT_FILE"], undefined);
  assert.equal(handed.plan.command.env["NO_PROXY"], "mine");
  assert.equal(handed.plan.command.env["CORDON"], undefined);
  assert.deepEqual(handed.passed, ["TERM", "LC_X"]);
  assert.ok(handed.plan.controls.includes("network.none"));
  assert.ok(!handed.plan.controls.includes("network.allowlist"));
  assert.ok(handed.plan.mounts.every(({ kind }) => kind !== "run-file"));
  assert.ok(handed.plan.mounts.every((mount) => mount.kind !== "file" || !mount.content.includes("Cordon answers")));
  assert.match(handed.lost.join("\n"), /api\.example\.com/);
});

test("every promise of the plan is held, held in part, or said to be lost", async () => {
  const { plan } = planOf({
    policy: {
      filesystem: { deny: ["**/.env"] },
      limits: { memoryBytes: 2 ** 30, pids: 9, files: 9, cpu: 1, timeMs: 1000, diskBytes: 2 ** 30 },
    },
    host: { paths: ["/home/ada/project/.env"] },
  });
  const handed = handOff(plan, NOTHING);
  for (const kind of exportKinds().filter((each) => !["seccomp", "containerfile"].includes(each))) {
    const exporter = await loadExporter(kind);
    const { files, lost } = exporter.make({ ...handed, facts, image: "localhost/a@sha256:0" });
    const said = files.map(({ content }) => content).join("\n") + lost.join("\n");
    for (const id of handed.plan.controls) assert.ok(said.includes(id), `${kind} says nothing about ${id}`);
  }
});

test("exporting is the same each time, and holds no line that a path or a name has broken", async () => {
  const { plan } = planOf({
    policy: { name: "a", filesystem: { read: ["/data/x\ny"] } },
    host: { paths: ["/data/x"] },
  });
  const handed = handOff(plan, NOTHING);
  for (const kind of exportKinds()) {
    const exporter = await loadExporter(kind);
    const make = () => JSON.stringify(exporter.make({ ...handed, facts, image: "localhost/a@sha256:0" }));
    assert.equal(make(), make());
  }
});

test("a comment never leaves its line", () => {
  assert.deepEqual(comment("a\nrm -rf /\r\u2028b").join("|"), "# a\\x0arm -rf /\\x0d?b");
  assert.ok(comment("word ".repeat(100)).every((line) => line.startsWith("# ") && line.length <= 110));
});

test("a section says only what the plan asks for, and what is missing is named", () => {
  const { plan } = planOf({});
  const section = { holds: ["files.deny", "process.seccomp"], partly: { "ipc.private": "half" }, lines: ["x"] };
  const lines = sectionLines(section, plan).join("\n");
  assert.match(lines, /process\.seccomp/);
  assert.doesNotMatch(lines, /files\.deny/);
  assert.match(lines, /ipc\.private, in part/);
  assert.match(lostBy([section], plan).join("\n"), /ipc\.private\): half/);
  assert.match(lostBy([section], plan).join("\n"), /process\.pid-namespace/);
});

test("a mount that a later one covers isn't shown to systems that order by depth", () => {
  const { plan } = planOf({});
  const mounts = [
    ...plan.mounts,
    { kind: "bind", source: "/data", target: "/data/a", access: "write", exec: true, type: "directory", origin: "x" },
    { kind: "tmpfs", target: "/data", mode: 0o700, sizeBytes: 1, exec: false, readOnly: false },
  ] as const;
  assert.ok(!shownMounts({ ...plan, mounts }).some(({ target }) => target === "/data/a"));
});

test("names that only the guard holds are known", () => {
  const { plan } = planOf({ policy: { workspace: { protect: [".git/hooks", ".envrc"] } } });
  assert.ok(unguarded(plan).includes(".envrc"));
});

test("a kind that isn't there is refused, one that is to come too", () => {
  assert.throws(() => loadExporter("bubblewarp"), /did you mean "bubblewrap"/i);
});

test("a lent key of the ssh-agent isn't handed off, nor does the plan lead to the agent", () => {
  const key = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const git = {
    from: "ssh:git",
    hosts: ["git.test"],
    optional: false,
    places: ["header" as const],
    ssh: { keys: ["lent"], confirm: false },
  };
  const { plan } = planOf({
    policy: {
      secrets: { git },
      network: { mode: "allowlist", allow: [{ host: "git.test", ports: [22], inspect: false }] },
    },
    host: {
      env: { SSH_AUTH_SOCK: "/tmp/agent.1" },
      paths: ["/tmp/agent.1 socket", `/home/ada/.ssh/known_hosts = git.test ssh-ed25519 ${key}`],
    },
  });
  const [socket] = plan.network.sockets;
  assert.equal(socket?.agent, "/tmp/agent.1");
  assert.ok(plan.mounts.every((mount) => mount.kind !== "bind" || mount.source !== "/tmp/agent.1"));
  assert.ok(
    plan.mounts.some(
      (mount) => mount.kind === "file" && mount.content.includes(`git.test,[git.test]:* ssh-ed25519 ${key}`),
    ),
  );
  const handed = handOff(plan, NOTHING);
  assert.deepEqual(handed.plan.network.sockets, []);
  assert.equal(handed.plan.command.env["SSH_AUTH_SOCK"], undefined);
  assert.ok(handed.plan.mounts.every(({ target }) => target !== socket?.target));
  assert.match(handed.lost.join("\n"), /secrets \(git\)/);
});
