import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostFacts } from "../../host/types.js";
import { NO_NETWORK } from "../../plan/testing/network.js";
import type { Listener, Plan } from "../../plan/types.js";
import { fullTable, shortfalls } from "../assemble.js";
import { formatOp } from "../common/listing.js";
import { encodeOps } from "../common/ops.js";
import { native } from "./backend.js";

const FACTS: HostFacts = {
  kernel: { release: "6.12.0", architecture: "x64" },
  user: { uid: 1000, gid: 1000, name: "ada", home: "/home/ada" },
  namespaces: { usable: true, proc: true, time: true },
  landlock: { abi: 6 },
  seccomp: { filter: true, userNotify: true, addfdSend: true, waitKillable: true },
  mounts: { setattr: true, idmapped: true, overlay: true },
  netfilter: { nfTables: true },
  cgroup: { layout: "v2", controllers: [], delegated: false },
  lsm: [],
  container: undefined,
  tools: {},
  init: { path: "/opt/cordon-init", digest: "sha256:00" },
};

const PLAN: Plan = {
  version: 1,
  name: "true",
  backend: "native",
  policy: { digest: "sha256:00", files: [] },
  command: { argv: ["true"], cwd: "/w", env: { PATH: "/usr/bin" }, umask: 0o22 },
  identity: { uid: 1000, gid: 1000, hostUid: 1000, hostGid: 1000, user: "ada", home: "/home/ada", hostname: "cordon" },
  workspace: { source: "/w", target: "/w", mode: "write" },
  home: { mode: "private" },
  mounts: [
    { kind: "bind", source: "/usr", target: "/usr", access: "read", exec: true, type: "directory", origin: "system" },
    { kind: "proc", target: "/proc" },
    { kind: "dev", target: "/dev" },
    { kind: "tmpfs", target: "/tmp", mode: 0o1777, sizeBytes: 4096, exec: false, readOnly: false },
    { kind: "bind", source: "/w", target: "/w", access: "write", exec: true, type: "directory", origin: "workspace" },
    { kind: "mask", target: "/w/.env", origin: "filesystem.deny.0" },
  ],
  guard: {
    roots: ["/w"],
    names: [{ kind: "deny", components: [".env"], origin: "filesystem.deny.0" }],
    watch: [{ source: "/w", target: "/w" }],
  },
  seccomp: { profile: "default" },
  nested: false,
  record: { exec: true },
  limits: { pids: 100, timeMs: 1000 },
  network: NO_NETWORK,
  audit: { dir: "/nowhere", onFailure: "stop", sync: "off", rotate: { sizeBytes: 1, ageMs: 1 }, ship: [] },
  alerts: [],
  controls: [
    "files.deny",
    "workspace.protected-names",
    "process.seccomp",
    "network.none",
    "limits.pids",
    "limits.time",
    "proc.masked",
  ],
  digest: "sha256:00",
};

function ops(plan: Plan, facts: HostFacts = FACTS): readonly string[] {
  return native.assemble(plan, facts).main.ops.map(formatOp);
}

test("every control that is asked for is in the table with a mechanism", () => {
  const artifact = native.assemble(PLAN, FACTS);
  assert.deepEqual(shortfalls(artifact), []);
  assert.deepEqual(
    artifact.enforcement.map(({ control }) => control),
    PLAN.controls,
  );
  assert.ok(artifact.enforcement.every(({ status, mechanism }) => status === "enforced" && mechanism !== ""));
});

test("a launch is data that cordon-init can be given", () => {
  const { main, services } = native.assemble(PLAN, FACTS);
  assert.deepEqual(main.argv, ["/opt/cordon-init", "launch"]);
  assert.deepEqual(main.env, {});
  assert.ok(encodeOps(main.ops).length > 1000);
  assert.deepEqual(services, [{ kind: "limits", held: {}, watched: {}, told: { pids: 100 } }, { kind: "name-watch" }]);
});

test("mounts keep their order and their rights", () => {
  const mounts = ops(PLAN).filter((line) => /^(?:root|bind|tmpfs|proc|dev|mask) /.test(line));
  assert.deepEqual(mounts.slice(1), [
    "bind source=/usr target=/usr flags=0x6",
    "proc target=/proc",
    "dev target=/dev",
    "tmpfs target=/tmp mode=01777 sizeBytes=4096 flags=0x0",
    "bind source=/w target=/w flags=0x7",
    "mask target=/w/.env",
  ]);
});

test("what root grants appears as the command's own, the system's files don't", () => {
  const plan: Plan = { ...PLAN, identity: { ...PLAN.identity, mapOwner: { uid: 0, gid: 0 } } };
  assert.ok(ops(plan).includes("bind source=/w target=/w flags=0xf"));
  assert.ok(ops(plan).includes("bind source=/usr target=/usr flags=0x6"));
});

test("a control that nothing knows is unenforced, never left out", () => {
  const artifact = native.assemble({ ...PLAN, controls: ["files.future"] }, FACTS);
  assert.deepEqual(artifact.unenforced, [{ control: "files.future", reason: "the backend has no mechanism for it" }]);
  assert.deepEqual(fullTable(artifact), [
    { control: "files.future", status: "degraded", mechanism: "not enforced: the backend has no mechanism for it" },
  ]);
});

test("without notification or Landlock the guard holds nothing", () => {
  for (const facts of [
    { ...FACTS, seccomp: { ...FACTS.seccomp, userNotify: false } },
    { ...FACTS, landlock: { abi: 0 } },
  ]) {
    const missing = native.assemble(PLAN, facts).unenforced.map(({ control }) => control);
    assert.deepEqual(missing, ["files.deny", "workspace.protected-names"]);
  }
});

test("a command that may mount isn't bound by the guard", () => {
  const missing = native.assemble({ ...PLAN, nested: true }, FACTS).unenforced.map(({ control }) => control);
  assert.deepEqual(missing, ["files.deny", "workspace.protected-names"]);
});

test("a memory limit says that it holds for each process", () => {
  const artifact = native.assemble({ ...PLAN, limits: { memoryBytes: 1024 }, controls: ["limits.memory"] }, FACTS);
  assert.deepEqual(shortfalls(artifact), []);
  assert.match(
    artifact.enforcement.find(({ control }) => control === "limits.memory")?.mechanism ?? "",
    /in each process/,
  );
});

test("a filter file that allows namespaces loses that promise and keeps the others", () => {
  const oci = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["keyctl", "add_key", "request_key"], action: "SCMP_ACT_ERRNO" }],
  };
  const plan: Plan = {
    ...PLAN,
    seccomp: { file: "/f.json", oci },
    controls: ["process.seccomp", "ipc.keyring", "process.no-namespaces"],
  };
  assert.deepEqual(native.assemble(plan, FACTS).unenforced, [
    { control: "process.no-namespaces", reason: "/f.json allows unshare" },
  ]);
});

test("a filter file that isn't one is refused with its problem", () => {
  const plan: Plan = { ...PLAN, seccomp: { file: "/f.json", oci: { defaultAction: "MAYBE" } } };
  assert.match(native.assemble(plan, FACTS).unenforced[0]?.reason ?? "", /\/f\.json isn't a seccomp profile/);
});

test("each listener is made inside and answered outside", () => {
  const listener: Listener = {
    id: "forward-0",
    protocol: "tcp",
    address: "127.0.0.1",
    port: 11_434,
    transparent: false,
    role: "forward",
    to: { host: "127.0.0.1", port: 11_434 },
    origin: "network.forward.0",
  };
  const plan: Plan = {
    ...PLAN,
    network: { ...PLAN.network, listeners: [listener] },
    controls: ["network.allowlist"],
  };
  const artifact = native.assemble(plan, FACTS);
  assert.ok(
    artifact.main.ops.map(formatOp).includes("listen id=forward-0 type=1 address=127.0.0.1 port=11434 flags=0x0"),
  );
  assert.ok(artifact.services.some(({ kind }) => kind === "egress"));
  assert.deepEqual(shortfalls(artifact), []);
});

test("a plan that catches connections by netfilter is refused where there is none", () => {
  const network = { ...PLAN.network, mode: "allowlist", capture: "transparent" } as const;
  const plan: Plan = { ...PLAN, network, controls: ["network.allowlist"] };
  const ops = native.assemble(plan, FACTS).main.ops.filter(({ op }) => op === "netlink");
  assert.equal(ops.length, 2);
  const without = native.assemble(plan, { ...FACTS, netfilter: { nfTables: false } });
  assert.match(shortfalls(without)[0]?.reason ?? "", /nf_tables/);
});
