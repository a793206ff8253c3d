// docs/backends.md: the enforcement table of each backend, drawn up by the backend's own `assemble` for made-up hosts: one that can do
// everything, and for each thing that a host may lack, one that lacks only that.
import { pathToFileURL } from "node:url";
import { code, table } from "./docs-markdown.mjs";

/** Policies that ask, together, for every promise that this release can keep. */
const POLICIES = [
  {
    policy: {
      filesystem: { deny: ["**/.env"] },
      network: { sockets: ["/run/llm.sock"] },
      limits: { memoryBytes: 2 ** 31, cpu: 2, pids: 512, files: 4096, diskBytes: 2 ** 32, timeMs: 3_600_000 },
    },
  },
  { policy: { workspace: { mode: "read" } } },
  {
    policy: {
      network: {
        mode: "allowlist",
        allow: [{ host: "api.example.com", ports: [443], inspect: true, rate: { count: 60, perMs: 60_000 } }],
      },
    },
  },
  { policy: { network: { mode: "open" } } },
];
const HOST = { paths: ["/run/llm.sock socket", "/home/ada/project/.env"] };
const BY_ROOT = {
  policy: { workspace: { path: "/srv/project" } },
  host: { paths: ["/srv/project/a"], user: { uid: 0, gid: 0, name: "root", home: "/root" }, owners: { "/srv": 0 } },
  request: { cwd: "/srv/project" },
};

/** What a host or a policy may lack, and the facts of such a host. */
const LACKS = [
  ["User namespaces are forbidden", { namespaces: { usable: false, proc: true, time: true } }],
  [
    "No new `/proc` may be mounted (a container with a covered `/proc`)",
    { namespaces: { usable: true, proc: false, time: true } },
  ],
  ["No seccomp filters", { seccomp: { filter: false, userNotify: false, addfdSend: false, waitKillable: false } }],
  [
    "No seccomp notification (before Linux 5.14)",
    { seccomp: { filter: true, userNotify: true, addfdSend: false, waitKillable: false } },
  ],
  ["No Landlock", { landlock: { abi: 0 } }],
  [
    "No idmapped mounts, when root runs Cordon in a folder of root's",
    { mounts: { setattr: true, idmapped: false, overlay: true } },
    BY_ROOT,
  ],
  [
    "The policy says `process.nested: true`",
    {},
    { ...POLICIES[0], policy: { ...POLICIES[0].policy, process: { nested: true } } },
  ],
];

export async function generate(build) {
  const load = (path) => import(pathToFileURL(`${build}/src/${path}.js`).href);
  const { CONTROLS } = await load("plan/controls");
  const { backendNames, loadBackend } = await load("backends/registry");
  const assemble = await assembler(build, await loadBackend("native"));
  const able = POLICIES.map((each) => assemble(each, {}));
  const others = [];
  for (const name of backendNames().filter((each) => each !== "native")) {
    const backend = await loadBackend(name);
    const launch = await assembler(build, backend);
    others.push({ backend, able: POLICIES.map((each) => launch(each, {})) });
  }
  const text = [
    "# What holds each promise",
    "Made by running the backends on made-up hosts (`npm run docs`); never edited by hand. `cordon explain` shows the same for your policy on your host.",
    "A policy asks for promises; [policy.md](policy.md) says by which keys. For each, a backend names the mechanism that holds it, or the run is refused with status 125 before anything starts. `--allow-degraded` runs all the same: each promise that isn't held as asked is named on stderr and has the status `degraded` in the event `run.started`.",
    "`native` needs nothing installed. The others are programs of the host around the same cordon-init ([adr/0012](adr/0012-one-init-inside-every-wall.md)); root can't use them.",
    "## On a host that offers everything",
    "Numbers are those of the made-up plan.",
    table(
      ["promise", "what it means", "held by `native`"],
      CONTROLS.map((control) => controlRow(control, able)),
    ),
    "## By other programs",
    "`as native`: cordon-init holds it in the same way.",
    table(
      ["promise", ...others.map(({ backend }) => `${code(backend.name)} (${backend.tool})`)],
      CONTROLS.map(({ id }) => [code(id), ...others.map((other) => otherCell(id, other.able, able))]),
    ),
    "## What is missing, and what it costs",
    "Each row lacks this one thing and has all the rest. Whatever isn't named stays as above.",
    table(
      ["missing", "promise", "why it can't be held"],
      LACKS.flatMap((lack) => lackRows(lack, assemble)),
    ),
    `Without user namespaces, or without the cordon-init program, nothing is run at all, with ${code("--allow-degraded")} either. [doctor.md](doctor.md) says how to get what is missing.`,
  ];
  return { "docs/backends.md": `${text.join("\n\n")}\n` };
}

/** (case, changes of the facts) => what the backend would launch. */
async function assembler(build, backend) {
  const { planOf } = await import(pathToFileURL(`${build}/src/plan/testing/plans.js`).href);
  const { fakeView } = await import(pathToFileURL(`${build}/src/plan/testing/host.js`).href);
  return (given, lacking) => {
    const host = { ...HOST, ...given.host };
    const { facts } = fakeView(host);
    const walls = backend.tool === undefined ? {} : { walls: { [backend.tool]: { path: `/usr/bin/${backend.tool}` } } };
    return backend.assemble(planOf({ ...given, host }).plan, { ...facts, ...walls, ...lacking });
  };
}

function controlRow({ id, title, sentence }, artifacts) {
  const held = artifacts.flatMap(({ enforcement }) => enforcement.filter(({ control }) => control === id));
  const missing = artifacts.flatMap(({ unenforced }) => unenforced.filter(({ control }) => control === id));
  if (missing.length > 0) throw new Error(`${id} isn't held on a host that offers everything: ${missing[0].reason}`);
  const how =
    held.length === 0
      ? "nothing yet: a policy that asks for it is refused"
      : `${held[0].status === "degraded" ? "**only in part:** " : ""}${held[0].mechanism}`;
  return [`${code(id)}<br>${title}`, sentence, how];
}

/** What another program holds, where that differs. */
function otherCell(id, artifacts, native) {
  const find = (list) => list.flatMap(({ enforcement }) => enforcement.filter(({ control }) => control === id))[0];
  const missing = artifacts.flatMap(({ unenforced }) => unenforced.filter(({ control }) => control === id))[0];
  if (missing !== undefined) return `**refused:** ${missing.reason}`;
  const [held, there] = [find(artifacts), find(native)];
  if (held === undefined) return "";
  if (held.mechanism === there?.mechanism) return "as native";
  return `${held.status === "degraded" ? "**only in part:** " : ""}${held.mechanism}`;
}

function lackRows([what, facts, given = POLICIES[0]], assemble) {
  const { unenforced } = assemble(given, facts);
  if (unenforced.length === 0) return [[what, "", "nothing is lost"]];
  const byReason = grouped(unenforced);
  return [...byReason].map(([reason, entries]) => [
    what,
    entries.map(({ control }) => code(control)).join(", "),
    reason,
  ]);
}

function grouped(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry.reason, [...(groups.get(entry.reason) ?? []), entry]);
  return groups;
}
