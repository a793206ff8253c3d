// What a plan means for a person: what the command can read, change, run and reach, what is hidden, and what holds each promise.
// The data is what `--json` prints; the text says the same. Values of variables are never shown: they may be keys.
import { printable } from "../core/text.js";
import { formatDuration, formatSize } from "../core/units.js";
import { formatPlace, type Policy } from "../policy/types.js";
import { controlOf } from "./controls.js";
import { type ExplainedReceiver, explainAlert, explainReceiver } from "./explain-record.js";
import { secretText } from "./explain-secret.js";
import { GIT_SETTINGS } from "./resolve/git-identity.js";
import { writtenPlace } from "./resolve/planning.js";
import type { Artifact, Mount, NetworkRule, Plan } from "./types.js";

export interface ExplainedPath {
  readonly path: string;
  /** Why it is there, in words. */
  readonly reason: string;
  /** `file:line:column` of the line that grants it; absent for what Cordon grants by itself. */
  readonly place?: string;
}

export interface ExplainedControl {
  readonly id: string;
  readonly title: string;
  readonly sentence: string;
  readonly status: "enforced" | "degraded" | "unenforced";
  /** What holds it, or why nothing does. */
  readonly mechanism: string;
}

export interface Explanation {
  readonly name: string;
  readonly backend: string;
  /** Why `backend: auto` is that one. */
  readonly choice?: string;
  readonly policy: readonly string[];
  readonly command: readonly string[];
  readonly startsIn: string;
  readonly user: { readonly name: string; readonly uid: number };
  readonly reads: readonly ExplainedPath[];
  readonly changes: readonly ExplainedPath[];
  readonly protects: readonly string[];
  readonly hides: readonly ExplainedPath[];
  readonly reaches: readonly ExplainedPath[];
  /** Ports of the sandbox on this computer's loopback. */
  readonly publishes: readonly ExplainedPath[];
  readonly variables: readonly string[];
  readonly secrets: readonly string[];
  readonly limits: readonly { readonly limit: string; readonly value: string }[];
  /** Where its record goes besides. */
  readonly ships: readonly ExplainedReceiver[];
  readonly alerts: readonly string[];
  readonly controls: readonly ExplainedControl[];
}

export interface ExplainRequest {
  readonly plan: Plan;
  readonly policy: Policy;
  /** Without one, nothing is said about mechanisms. */
  readonly artifact?: Pick<Artifact, "enforcement" | "unenforced">;
  readonly choice?: string;
}

export function explain(request: ExplainRequest): Explanation {
  const { plan, policy } = request;
  const place = (origin: string) => placeText(policy, origin);
  const binds = plan.mounts.filter((mount) => mount.kind === "bind");
  const granted = binds.filter(
    (mount) => mount.origin !== "system" && mount.type !== "socket" && !mount.origin.startsWith("workspace.protect"),
  );
  const explained = (mount: Extract<Mount, { kind: "bind" }>) => ({
    path: mount.target,
    reason: grantReason(mount),
    ...place(mount.origin),
  });
  return {
    name: plan.name,
    backend: plan.backend,
    ...(request.choice === undefined ? {} : { choice: request.choice }),
    policy: plan.policy.files,
    command: plan.command.argv,
    startsIn: plan.command.cwd,
    user: { name: plan.identity.user, uid: plan.identity.uid },
    reads: [systemPaths(plan), ...granted.filter((mount) => mount.access === "read").map(explained), ...gitPaths(plan)],
    changes: [...granted.filter((mount) => mount.access === "write").map(explained), ...privatePaths(plan)],
    protects: plan.guard.names
      .filter((name) => name.kind !== "deny")
      .map(({ components, anchor }) => [anchor ?? [], ...components].flat().join("/")),
    hides: [
      { path: plan.identity.home, reason: "your own home folder, with the keys and settings in it" },
      ...hiddenPaths(plan, policy),
    ],
    reaches: reachable(plan, policy),
    publishes: plan.network.publish.map(({ hostPort, port, origin }) => ({
      path: `127.0.0.1:${hostPort}`,
      reason: `leads to port ${port} inside`,
      ...place(origin),
    })),
    variables: [...Object.keys(plan.command.env), ...(plan.secrets ?? []).flatMap(({ env }) => env ?? [])],
    secrets: (plan.secrets ?? []).map(secretText),
    limits: limitsOf(plan),
    ships: plan.audit.ship.map(explainReceiver),
    alerts: plan.alerts.map(explainAlert),
    controls: plan.controls.map((id) => controlRow(id, request.artifact)),
  };
}

function placeText(policy: Policy, origin: string): { readonly place?: string } {
  const place = writtenPlace(policy, origin);
  return place === undefined ? {} : { place: formatPlace(place) };
}

function grantReason(mount: Extract<Mount, { kind: "bind" }>): string {
  if (mount.origin === "workspace") return "the workspace";
  if (mount.origin === "workspace.path") return "the git repository that the workspace belongs to";
  if (mount.origin === "command") return "the command's own program";
  if (mount.origin === "filesystem.home") return `its home, kept in ${mount.source}`;
  return mount.origin.startsWith("filesystem.") ? "named by the policy" : mount.origin;
}

function systemPaths(plan: Plan): ExplainedPath {
  const tops = plan.mounts.flatMap((mount) =>
    mount.kind === "bind" && mount.origin === "system" && !/^\/(etc|sys)\//.test(mount.target) ? [mount.target] : [],
  );
  if (plan.image !== undefined)
    return { path: tops.join(", "), reason: `the programs and libraries of the image ${plan.image.ref}` };
  return { path: [...tops, "/etc (a part of it)"].join(", "), reason: "the programs and libraries of this computer" };
}

function gitPaths(plan: Plan): readonly ExplainedPath[] {
  const own = plan.mounts.some((mount) => mount.kind === "file" && mount.target === GIT_SETTINGS);
  return own ? [{ path: GIT_SETTINGS, reason: "the name and the address that you commit by" }] : [];
}

function privatePaths(plan: Plan): readonly ExplainedPath[] {
  return plan.mounts.flatMap((mount) => {
    if (mount.kind !== "tmpfs" || mount.readOnly) return [];
    const what = mount.target === plan.identity.home ? "a home of its own" : "a folder of its own";
    return [
      {
        path: mount.target,
        reason: `${what}, empty at the start and gone at the end, at most ${formatSize(mount.sizeBytes)}`,
      },
    ];
  });
}

function hiddenPaths(plan: Plan, policy: Policy): readonly ExplainedPath[] {
  const patterns = policy.settings.filesystem.deny.map((pattern, index) => {
    const origin = `filesystem.deny.${index}`;
    const now = plan.mounts.filter((mount) => mount.kind === "mask" && mount.origin === origin).length;
    return { path: pattern, reason: `denied by the policy (${now} found now)`, ...placeText(policy, origin) };
  });
  const own = plan.mounts.flatMap((mount) =>
    mount.kind === "mask" && mount.origin === "cordon" ? [{ path: mount.target, reason: "Cordon's own" }] : [],
  );
  return [...patterns, ...own];
}

function reachable({ network, mounts }: Plan, policy: Policy): readonly ExplainedPath[] {
  const rules = network.rules.map((rule) => ({
    path: `${rule.host}:${rule.ports.join(",")}`,
    reason: ruleReason(rule),
    ...placeText(policy, rule.origin),
  }));
  const open =
    network.mode === "open"
      ? [{ path: "everything public", reason: "the network is open", ...placeText(policy, "network.mode") }]
      : [];
  const denied = network.deny.map(({ host, ports, origin }) => ({
    path: `not ${host}${ports.length === 0 ? "" : `:${ports.join(",")}`}`,
    reason: "denied, whatever allows it",
    ...placeText(policy, origin),
  }));
  const forwards = network.listeners.flatMap(({ role, to, address, origin }) =>
    role === "forward" && to !== undefined && address === "127.0.0.1"
      ? [{ path: `127.0.0.1:${to.port}`, reason: "a service of this computer", ...placeText(policy, origin) }]
      : [],
  );
  const sockets = mounts.flatMap((mount) =>
    mount.kind === "bind" && mount.type === "socket"
      ? [{ path: mount.target, reason: socketReason(network, mount.target), ...placeText(policy, mount.origin) }]
      : [],
  );
  return [...open, ...rules, ...denied, ...forwards, ...sockets];
}

function socketReason({ sockets }: Plan["network"], target: string): string {
  const lent = sockets.find((socket) => socket.target === target)?.ssh ?? [];
  if (lent.length === 0) return "a socket named by the policy";
  const each = lent.map(
    ({ keys, hosts }) => `${keys.join(", ")} to log in at ${hosts.map(({ host }) => host).join(", ")}`,
  );
  return `your ssh-agent, with nothing but ${each.join("; ")}`;
}

function ruleReason({ connect, inspect, methods, paths, github, rate, maxUploadBytes }: NetworkRule): string {
  const upstream =
    connect === undefined
      ? undefined
      : "unix" in connect
        ? `socket ${connect.unix}`
        : `${connect.host}:${connect.port}`;
  const parts = [
    upstream === undefined ? "allowed by name" : `answered by ${upstream}`,
    github === undefined
      ? undefined
      : `only the repository ${github.repository}, ${github.access === "push" ? "to read and push" : "to read"}`,
    inspect
      ? `each request is judged${methods === undefined ? "" : `: ${methods.join(", ")}`}${paths === undefined ? "" : ` on ${paths.join(", ")}`}`
      : undefined,
    rate === undefined ? undefined : `at most ${rate.count} in ${formatDuration(rate.perMs)}`,
    maxUploadBytes === undefined ? undefined : `each sends at most ${formatSize(maxUploadBytes)}`,
  ];
  return parts.filter((part) => part !== undefined).join("; ");
}

function limitsOf({ limits }: Plan): Explanation["limits"] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["memory", limits.memoryBytes === undefined ? undefined : formatSize(limits.memoryBytes)],
    ["processes", limits.pids?.toString()],
    ["open files", limits.files?.toString()],
    ["time", limits.timeMs === undefined ? undefined : formatDuration(limits.timeMs)],
  ];
  return rows.flatMap(([limit, value]) => (value === undefined ? [] : [{ limit, value }]));
}

function controlRow(id: string, artifact: ExplainRequest["artifact"]): ExplainedControl {
  const control = controlOf(id);
  const texts = { id, title: control?.title ?? id, sentence: control?.sentence ?? "" };
  const row = artifact?.enforcement.find((each) => each.control === id);
  if (row !== undefined) return { ...texts, status: row.status, mechanism: row.mechanism };
  const reason = artifact?.unenforced.find((each) => each.control === id)?.reason;
  return {
    ...texts,
    status: "unenforced",
    mechanism: reason ?? (artifact === undefined ? "not looked at" : "nothing enforces it here"),
  };
}

/** The explanation as text for a terminal. */
export function explanationText(explanation: Explanation): string {
  const { command, user, policy } = explanation;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["It can read", pathLines(explanation.reads)],
    ["It can read and change", pathLines(explanation.changes)],
    ["It can't change, even in those folders", [explanation.protects.join(", ")].filter((line) => line !== "")],
    ["It can't see", [...pathLines(explanation.hides), "any other file of yours"]],
    [
      "It can reach",
      explanation.reaches.length === 0 ? ["nothing: there is no network"] : pathLines(explanation.reaches),
    ],
    ["It can be reached at", pathLines(explanation.publishes)],
    ["It is given these variables", [explanation.variables.join(" ")]],
    ["It is given these secrets", [...(explanation.secrets.length === 0 ? ["none"] : explanation.secrets)]],
    [
      "Its limits",
      explanation.limits.length === 0 ? ["none"] : explanation.limits.map(({ limit, value }) => `${limit}: ${value}`),
    ],
    ["What it does is also sent to", pathLines(explanation.ships.map(({ to, reason }) => ({ path: to, reason })))],
    ["You are told, or it is stopped, when there is", explanation.alerts],
    ["What holds this", explanation.controls.flatMap(controlLines)],
  ];
  const head = `${command.length === 0 ? "A command" : command.join(" ")} under ${policy.join(", ") || "the defaults"} (${explanation.backend}${explanation.choice === undefined ? "" : `, by auto: ${explanation.choice}`}):`;
  const runs = `It starts in ${explanation.startsIn} as ${user.name} (${user.uid}), never as root.`;
  const body = sections.flatMap(([title, lines]) =>
    lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${printable(line, 2000)}`)],
  );
  return [printable(head, 1000), printable(runs, 1000), ...body].join("\n");
}

/** Paths in one column, reasons in the next. */
function pathLines(entries: readonly ExplainedPath[]): readonly string[] {
  const width = Math.min(44, Math.max(0, ...entries.map(({ path }) => path.length)));
  return entries.map(
    ({ path, reason, place }) => `${path.padEnd(width)}  ${reason}${place === undefined ? "" : ` (${place})`}`,
  );
}

function controlLines({ title, sentence, status, mechanism }: ExplainedControl): readonly string[] {
  const held =
    status === "enforced"
      ? mechanism
      : status === "degraded"
        ? `weaker than asked: ${mechanism}`
        : `NOT HELD: ${mechanism}`;
  return [`${title}: ${sentence}`, `    held by: ${held}`];
}
