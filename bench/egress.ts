// How fast connections are that leave a sandbox, and what they cost: Cordon's ways, other proxies', and none, in turns, as ratios to none.
// npm run build && node build/bench/egress.js [--rounds N] [--seconds S] [--tunnels N] [--only WORD,WORD] [--cordon FILE] [--json]
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cordon } from "./egress/cordon.js";
import { ask, compileLoad, Lines, type Task } from "./egress/load.js";
import { type Memory, memoryOf, resetPeak } from "./egress/memory.js";
import { others } from "./egress/others.js";
import { type Figures, figures, figuresTable, type Sample } from "./egress/report.js";
import type { Bench, Missing, Subject } from "./egress/subjects.js";
import { failure } from "./programs.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly tunnels: number;
  readonly only: readonly string[] | undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "0.6" },
      tunnels: { type: "string", default: "1000" },
      only: { type: "string" },
      cordon: { type: "string", default: join(ROOT, "dist", "cordon.cjs") },
      json: { type: "boolean", default: false },
    },
  });
  const options: Options = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    tunnels: Number(values.tunnels),
    only: values.only?.split(","),
  };
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "cordon-bench-egress-")));
  const children: Bench["children"] = [];
  try {
    const bench = await prepare(folder, children);
    const all = [
      ...direct(bench),
      ...(await cordon(bench, [process.execPath, values.cordon])),
      ...(await others(bench)),
    ];
    const load = loadavg().map((each) => each.toFixed(1));
    const { measured, memories, missing } = await compare(all, options);
    const result: Figures[] = figures(measured, memories);
    if (values.json) console.log(JSON.stringify({ load, ...options, figures: result, missing }, null, 2));
    else
      console.log(
        [
          figuresTable(result),
          ...missing.map((each) => `skipped: ${each.name}: ${each.skipped}`),
          `load before: ${load}`,
        ].join("\n"),
      );
  } finally {
    for (const child of children) child.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function prepare(folder: string, children: Bench["children"]): Promise<Bench> {
  const program = compileLoad(join(ROOT, "bench", "c"), folder);
  const certificate = join(folder, "server.pem");
  const make = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const names = ["-subj", "/CN=opened.example.com", "-addext", "subjectAltName=DNS:opened.example.com,IP:127.0.0.1"];
  const problem = failure(["openssl", ...make, ...names, "-keyout", certificate, "-out", `${certificate}.crt`]);
  if (problem !== undefined) throw new Error(`openssl: ${problem}`);
  const joined = failure(["sh", "-c", 'cat "$0.crt" >>"$0"', certificate]);
  if (joined !== undefined) throw new Error(joined);
  const lines = (...args: string[]) => {
    const started = new Lines([program, ...args]);
    children.push(started.process);
    return started;
  };
  const [raw, tls] = [lines("serve", "0"), lines("serve", "0", certificate)];
  const servers = { raw: Number(await raw.line()), tls: Number(await tls.line()), certificate: `${certificate}.crt` };
  return { folder, servers, agent: lines("agent"), children };
}

function direct({ agent, servers }: Bench): readonly Subject[] {
  const way = { via: "direct", host: "127.0.0.1" } as const;
  return [
    { name: "direct", agent, way: { ...way, flavour: "raw", port: servers.raw } },
    { name: "direct HTTP", agent, way: { ...way, flavour: "http", port: servers.raw } },
    { name: "direct HTTPS", agent, way: { ...way, flavour: "https", port: servers.tls } },
  ];
}

interface Compared {
  readonly measured: readonly Sample[];
  readonly memories: ReadonlyMap<string, { idle: Memory; streams: Memory; tunnels: Memory }>;
  readonly missing: readonly Missing[];
}

async function compare(all: readonly (Subject | Missing)[], options: Options): Promise<Compared> {
  const { only, rounds, seconds, tunnels } = options;
  const wanted = (name: string) => name.startsWith("direct") || (only ?? [""]).some((word) => name.includes(word));
  const missing = all.filter((each): each is Missing => "skipped" in each);
  const subjects = all.filter((each): each is Subject => "way" in each && wanted(each.name));
  const tasks: readonly Task[] = [
    { kind: "first", streams: 1, seconds },
    { kind: "rtt", streams: 1, seconds: seconds / 2 },
    { kind: "rate", streams: 8, seconds },
    { kind: "down", streams: 1, seconds },
    { kind: "up", streams: 1, seconds },
    { kind: "down", streams: 8, seconds },
    { kind: "up", streams: 8, seconds },
  ];
  const measured: Sample[] = [];
  const memories = new Map<string, { idle: Memory; streams: Memory; tunnels: Memory }>();
  const usable = await warm(subjects, tasks, missing);
  const idle = new Map(usable.map(({ name, pid }) => [name, pid === undefined ? NONE : memoryOf(pid)]));
  for (let round = 0; round < rounds; round++) {
    for (const task of tasks) {
      for (let index = 0; index < usable.length; index++) {
        const subject = usable[(index + round) % usable.length];
        if (subject === undefined) continue;
        measured.push({ name: subject.name, task, round, ...(await ask(subject.agent, task, subject.way)) });
      }
    }
  }
  for (const subject of usable) {
    const used = await remember(subject, tunnels, measured);
    memories.set(subject.name, { idle: idle.get(subject.name) ?? NONE, ...used });
  }
  return { measured, memories, missing };
}

const NONE: Memory = { mb: 0, peakMb: 0 };

/** Memory is looked at once for each, at the end: while a stream runs, and while many tunnels stand. */
async function remember(
  { name, agent, way, pid }: Subject,
  tunnels: number,
  measured: Sample[],
): Promise<{ streams: Memory; tunnels: Memory }> {
  const used: Memory[] = [];
  const held: Task = { kind: "hold", streams: tunnels, seconds: 0.3 };
  for (const task of [{ kind: "down", streams: 8, seconds: 1.5 } as const, held]) {
    if (pid !== undefined) resetPeak(pid);
    const answer = await ask(agent, task, way);
    if (task === held) measured.push({ name, task, round: 0, ...answer });
    used.push(pid === undefined ? NONE : memoryOf(pid));
  }
  return { streams: used[0] ?? NONE, tunnels: used[1] ?? NONE };
}

/** What can't connect at all is named and left out; what can't do one of the tasks has no figure for it. */
async function warm(subjects: readonly Subject[], tasks: readonly Task[], missing: Missing[]): Promise<Subject[]> {
  const usable: Subject[] = [];
  for (const subject of subjects) {
    const { agent, name, way } = subject;
    let problem: string | undefined;
    for (const task of tasks) {
      const { samples, problem: said } = await ask(agent, { ...task, seconds: 0.2 }, way);
      if (task.kind === "first" && samples === 0) problem = said ?? "nothing came through";
    }
    if (problem === undefined) usable.push(subject);
    else missing.push({ name, skipped: `FAILED: ${problem}. ${agent.errors}` });
  }
  return usable;
}

await main();
