// docs/events.md, out of the event union in src/events/types.ts: which events there are and what each carries is read from the source,
// what it means stands here. An event or a field that only one of the two knows stops the generator.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { code, table } from "./docs-markdown.mjs";
import { readInterface } from "./docs-types.mjs";

const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));
/** Where events are made. */
const EMITTERS = ["run", "egress", "workspace"];

const BASE = {
  seq: "counts up from 1 within a run, without gaps",
  time: "ISO 8601 in UTC with milliseconds",
  run: "the run's id",
};

const ENFORCEMENT = {
  control: "which promise, as in [backends.md](backends.md)",
  status: "`degraded`: weaker than the policy asks, or not held at all, and allowed by `--allow-degraded`",
  mechanism: "what holds it on this host",
};

const EVENTS = {
  "run.started": {
    meaning: "The sandbox stands and the command is about to start. Always the first event.",
    fields: {
      name: "the run's name",
      backend: "who built the sandbox",
      command: "the command line; whoever reads the events reads what was in it",
      workspace: "the work folder on the host",
      policy: "digest and files of the policy",
      plan: "digest of the plan: equal plans grant the same",
      enforcement: "the enforcement table, one entry for each promise that the policy asks for (see below)",
    },
  },
  exec: {
    meaning:
      "A program is about to be executed inside; the event is on its way before it runs, and read some milliseconds later: in a storm it can stand up to 16 ms behind what others told meanwhile, a connection that the program makes for one. A script is told by its own name, not its interpreter's. Attempts that the kernel refuses after the look (no right, an unknown format) are told, too.",
    fields: {
      pid: "the process, in the host's numbering; from the kernel",
      parent: "its parent, likewise",
      program: "the path as the caller gave it, made absolute; empty when it couldn't be read",
      argv: "its command line",
      cwd: "the folder that the process is in",
      truncated: "there when something was cut: a record has at most 256 words and about 14,000 bytes, escaped",
      advisory:
        "program, words and folder were read before the kernel read them again: a hostile process can make them differ",
    },
  },
  "network.allowed": {
    meaning: "A connection was let through, or one request of a connection whose requests are judged.",
    fields: {
      host: "the canonical name or address",
      port: "the port",
      rule: "the setting that allows it: `network.allow.0`",
      via: "how it came: `capture` (caught on its way), `http-proxy`, `socks`, `forward`, `socket`, `publish`",
      method: "of the request",
      path: "of the request, without its query",
    },
  },
  "network.denied": {
    meaning: "A connection or a request wasn't let through, or the other side couldn't be reached.",
    fields: {
      host: "as it was asked for",
      port: "the port",
      reason: "why, in the words that the program inside gets as well",
      code: "why, for scripts; [network.md](network.md) lists them",
      rule: "the setting it was judged by, when there is one",
      via: "as above",
      method: "of the request",
      path: "of the request, without its query",
    },
  },
  "dns.denied": {
    meaning: "A name that isn't allowed was looked up.",
    fields: { name: "the name", reason: "why it was refused" },
  },
  "file.canary": {
    meaning: "A decoy credential was opened.",
    fields: {
      path: "which one",
      pid: "by which process, in the host's numbering, where that is known",
      program: "its program",
      exact: "the process was seen to wait for this very file",
    },
  },
  "file.protected": {
    meaning: "A protected or denied name was to be changed, or a denied one appeared from outside.",
    fields: {
      path: "as seen inside",
      operation: "the kind of change, such as `open`, `rename` or `link`; `appeared` when it came from outside",
      pid: "the thread that tried, in the host's numbering",
      action: "`refused`: nothing was changed. `masked`: it is hidden from now on",
    },
  },
  "secret.used": {
    meaning: "The broker put a secret into a request.",
    fields: { name: "which secret, never its value", host: "towards which host" },
  },
  "secret.revoked": {
    meaning: "Somebody took a secret from the run.",
    fields: { name: "which secret", by: "who asked for it" },
  },
  "limit.hit": {
    meaning: "A limit was reached.",
    fields: {
      limit:
        "which: `time`, `memory`, … of the policy's `limits`, or the setting (`network.limits.requests`, `network.allow.0.rate`, …)",
      value: "the limit, in the key's unit: milliseconds for times, bytes for amounts, percent for processors",
      times: "how often since the last event of this kind, where it was more than once",
      used: "how much it was, where that is known",
      pid: "the process that most of it belongs to, in the host's numbering",
      program: "its name",
      action:
        "`refused`: what was asked for didn't happen. `killed`: the kernel ended a process. `throttled`: made slower. `stopped`: the run was ended",
    },
  },
  "approval.asked": {
    meaning: "A permission request waits for an answer.",
    fields: { id: "the request", question: "what is asked" },
  },
  "approval.answered": {
    meaning: "A permission request was answered.",
    fields: { id: "the request", answer: "the answer" },
  },
  alert: {
    meaning:
      "A rule of the policy's `alerts` came true, or Cordon has something to tell by itself ([alerts.md](alerts.md)).",
    fields: {
      on: "what it is about: an event, `cpu`, `memory`, or a part of Cordon (`audit`, `audit.ship`, `network.content`)",
      message: "in words",
      rule: "which of the policy's alerts: `alerts.0`; without it, Cordon tells it by itself",
      do: "what is done about it; without it, the user is told",
    },
  },
  "run.paused": {
    meaning: "Everything inside stands still.",
    fields: {
      by: "who asked, in words",
      mechanism:
        "`control-group`: the kernel has frozen it. `signals`: SIGSTOP, which a program can have undone by a timer if it means to",
    },
  },
  "run.resumed": {
    meaning: "Everything inside goes on.",
    fields: { by: "who asked, in words" },
  },
  "run.attached": {
    meaning: "A second command joins the sandbox (`cordon attach`).",
    fields: {
      by: "who asked, in words",
      command: "its command line",
      terminal: "whether it has a terminal of its own",
    },
  },
  "run.stopping": {
    meaning: "Somebody asked for the end of the run.",
    fields: { by: "who asked, in words", reason: "why, in their words" },
  },
  "run.exited": {
    meaning: "The run is over and everything in the sandbox is dead. Always the last event, but for alerts about it.",
    fields: {
      code: "the exit status that `cordon run` reports",
      signal: "the signal that ended the command, if one did",
      reason:
        "`exit` and `signal`: the command's own doing. `time-limit`, `limit` (another limit) and `stopped`: Cordon ended it. `failed`: Cordon failed, or the command couldn't be executed",
      durationMs: "milliseconds from the launch to the end",
    },
  },
};

export async function generate(build) {
  const source = readFileSync(`${SOURCE}events/types.ts`, "utf8");
  const { formatEvent } = await import(pathToFileURL(`${build}/src/events/jsonl.js`).href);
  const bodies = readInterface(source, "EventBodies");
  sameNames("events", Object.keys(bodies), Object.keys(EVENTS));
  const emitted = emittedTypes();
  const isNow = (type) => emitted.includes(`type: "${type}"`);
  const text = [
    "# Events",
    "Made from `src/events/types.ts` by `npm run docs`; never edited by hand.",
    "`cordon run --events FILE` adds one JSON object per line and event to a file that only you can read; `--events -` writes them to stderr. In the library, `run.events` is the same stream. Text that came from inside is escaped, so that a line is always one line and says nothing to a terminal. A run that was refused or couldn't be started has no events. Whoever reads events must ignore fields and types that it doesn't know: later releases add some.",
    "Each event has these members, besides its `type`:",
    fieldTable(readInterface(source, "EventBase"), BASE),
    "For example:",
    `    ${formatEvent(EXAMPLE).trim()}`,
    "## In this release",
    ...sections(bodies, isNow),
    "### The enforcement table",
    "Each entry of `enforcement` in `run.started`:",
    fieldTable(readInterface(source, "Enforcement"), ENFORCEMENT),
    "## In later releases",
    "Defined so that readers can be written for them; nothing sends them yet.",
    ...sections(bodies, (type) => !isNow(type)),
  ];
  return { "docs/events.md": `${text.join("\n\n")}\n` };
}

const EXAMPLE = {
  seq: 2,
  time: "2000-01-02T03:04:05.678Z",
  run: "npm-0f3c9a1e",
  type: "file.protected",
  path: "/home/ada/project/.git/hooks/pre-commit",
  operation: "open",
  pid: 4711,
  action: "refused",
};

function sections(bodies, wanted) {
  return Object.entries(bodies)
    .filter(([type]) => wanted(type))
    .flatMap(([type, { members }]) => [
      `### ${type}`,
      EVENTS[type].meaning,
      fieldTable(members, EVENTS[type].fields, type),
    ]);
}

function fieldTable(members, meanings, of = "the base") {
  sameNames(of, Object.keys(members), Object.keys(meanings));
  return table(
    ["member", "kind", "meaning"],
    Object.entries(members).map(([name, { kind, optional }]) => [
      code(name),
      optional ? `${kind}, optional` : kind,
      meanings[name],
    ]),
  );
}

function sameNames(of, source, here) {
  const odd = [...source.filter((name) => !here.includes(name)), ...here.filter((name) => !source.includes(name))];
  if (odd.length > 0)
    throw new Error(`scripts/docs-events.mjs and src/events/types.ts differ in ${of}: ${odd.join(", ")}`);
}

/** The text of everything that makes events. */
function emittedTypes() {
  return EMITTERS.flatMap((folder) =>
    readdirSync(SOURCE + folder, { recursive: true }).map((file) => `${folder}/${file}`),
  )
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(SOURCE + file, "utf8"))
    .join("\n");
}
