// `cordon ps`: the user's sandboxes. One whose supervisor died is shown as lost, once: what is left of it is tidied up.
import { formatArgv } from "../../core/argv.js";
import { printable } from "../../core/text.js";
import { formatSize } from "../../core/units.js";
import { probeHost } from "../../host/facts.js";
import { RunLink } from "../../run/live/client.js";
import { type FoundRun, findRuns } from "../../run/live/find.js";
import { recover } from "../../run/live/recover.js";
import { columns } from "../columns.js";
import { flag, type Invocation } from "../command.js";

interface Row {
  readonly id: string;
  readonly name: string;
  /** `stopped`: its `cordon run` is (job control); `ended`: only with --all. */
  readonly state: "running" | "paused" | "starting" | "stopped" | "lost" | "ended";
  readonly command: readonly string[];
  readonly workspace: string;
  readonly started: string;
  readonly cpuMs?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
  readonly denied?: number;
  readonly pid?: number;
}

const ANSWER_MS = 2000;

export async function run(invocation: Invocation): Promise<number> {
  const found = findRuns(invocation.env);
  const rows = await Promise.all(found.map(rowOf));
  await tidyUp(invocation, found);
  if (flag(invocation, "all")) rows.unshift(...(await endedRows(invocation, rows)));
  if (flag(invocation, "json")) invocation.out.print(JSON.stringify(rows, null, 2));
  else invocation.out.print(tableOf(rows));
  for (const { id, state } of rows) {
    if (state === "lost") invocation.out.note(`${id} ended without a word; what was left of it is removed`);
  }
  return 0;
}

async function tidyUp({ env }: Invocation, found: readonly FoundRun[]): Promise<void> {
  const lost = found.filter(({ state }) => state === "lost");
  if (lost.length === 0) return;
  const { cgroup } = await probeHost({ env });
  for (const each of lost) await recover(each, cgroup.way);
}

async function rowOf(found: FoundRun): Promise<Row> {
  const { id, name, record, state } = found;
  const known = {
    id,
    name,
    command: record?.command ?? [],
    workspace: record?.workspace ?? "",
    started: record?.started ?? "",
    ...(record === undefined ? {} : { pid: record.supervisor.pid }),
  };
  if (state === "lost") return { ...known, state };
  if (state === "silent") return { ...known, state: record === undefined ? "starting" : "stopped" };
  return { ...known, state: "starting", ...(await answersOf(found)) };
}

async function answersOf({ folder }: FoundRun): Promise<Partial<Row>> {
  const link = await RunLink.open(folder, ANSWER_MS);
  if (link === undefined) return {};
  try {
    const { state, cpuMs, memoryBytes, pids, denied } = await link.ask({ do: "usage" }, ANSWER_MS);
    return {
      state: state === "paused" ? "paused" : "running",
      ...numbers({ cpuMs, memoryBytes, pids, denied }),
    };
  } catch {
    return {};
  } finally {
    link.close();
  }
}

function numbers(values: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}

async function endedRows({ env }: Invocation, running: readonly Row[]): Promise<readonly Row[]> {
  const { pastRuns } = await import("../../run/live/past.js");
  return pastRuns(env)
    .filter(({ id }) => running.every((row) => row.id !== id))
    .map((past) => ({ ...past, state: "ended" as const }));
}

const HEAD = ["RUN", "STATE", "STARTED", "CPU", "MEMORY", "DENIED", "WORKSPACE", "COMMAND"];

function tableOf(rows: readonly Row[]): string {
  return columns([HEAD, ...rows.map(cellsOf)], [3, 4, 5]);
}

function cellsOf({ id, state, started, cpuMs, memoryBytes, denied, workspace, command }: Row): readonly string[] {
  return [
    id,
    state,
    started.slice(0, 19).replace("T", " "),
    cpuMs === undefined ? "-" : `${(cpuMs / 1000).toFixed(1)}s`,
    memoryBytes === undefined ? "-" : formatSize(memoryBytes),
    denied === undefined ? "-" : String(denied),
    printable(workspace, 60),
    printable(formatArgv(command), 80),
  ];
}
