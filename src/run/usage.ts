// How much a run uses, seen from outside: by its control group where it has one, else by looking at its processes. It changes nothing,
// and any process of the same user may ask, the supervisor or another.
import { readFileSync } from "node:fs";
import type { RunGroup } from "../host/groups.js";
import { type GroupUsage, groupOf, readGroup } from "./usage/group.js";
import { orUndefined, type ProcessUsage, pageBytes, processTree, readProcess } from "./usage/processes.js";

export interface TopProcess {
  /** In the host's numbering. */
  readonly pid: number;
  /** Chosen by the process: to be escaped before it is shown. */
  readonly program: string;
  readonly memoryBytes: number;
  readonly cpuMs: number;
}

export interface Usage {
  /** Since the run began. */
  readonly cpuMs: number;
  /** Of all processes together; without a control group, pages that several share count for each of them. */
  readonly memoryBytes: number;
  /** Processes and threads. */
  readonly pids: number;
  /** To and from storage: since the run began by the control group, else since the first reading. */
  readonly readBytes?: number;
  readonly writtenBytes?: number;
  /** The process with the most memory. */
  readonly top?: TopProcess;
  /** The one that used most processor time since the last reading. */
  readonly busiest?: TopProcess;
  /** The program that most processes and threads belong to, and the oldest of them. */
  readonly crowd?: { readonly pid: number; readonly program: string; readonly count: number };
  /** The one that wrote most since the last reading. */
  readonly writer?: { readonly pid: number; readonly program: string; readonly writtenBytes: number };
}

interface Transfer {
  readonly read: number;
  readonly written: number;
}

export class UsageReader {
  readonly #first: number;
  readonly #started: string | undefined;
  readonly #bytesOfPage = pageBytes();
  #group: RunGroup | undefined;
  #before: ReadonlyMap<string, ProcessUsage> = new Map();
  #transfers: ReadonlyMap<string, Transfer> = new Map();
  #total: Transfer = { read: 0, written: 0 };
  #cpuMs = 0;
  #processes: readonly ProcessUsage[] = [];

  /** `first`: the first process of the sandbox, in the host's numbering. */
  constructor(first: number) {
    this.#first = first;
    this.#started = readProcess(first, this.#bytesOfPage)?.started;
    this.#group = groupOf(first);
  }

  /** What the last reading saw. */
  get processes(): readonly ProcessUsage[] {
    return this.#processes;
  }

  read(): Usage {
    const group = this.#readGroup();
    const processes = this.#look(group.members);
    this.#cpuMs = Math.max(this.#cpuMs, group.cpuMs ?? sum(processes, (each) => each.cpuMs + each.endedChildrenCpuMs));
    const writer = this.#countTransfers(processes);
    const busiest = most(processes, (each) => each.cpuMs - (this.#before.get(keyOf(each))?.cpuMs ?? 0));
    const top = most(processes, (each) => each.memoryBytes);
    const crowd = crowdOf(processes);
    this.#before = new Map(processes.map((each) => [keyOf(each), each]));
    this.#processes = processes;
    return {
      cpuMs: this.#cpuMs,
      memoryBytes: group.memoryBytes ?? sum(processes, (each) => each.memoryBytes),
      pids: group.pids ?? sum(processes, (each) => each.threads),
      readBytes: group.readBytes ?? this.#total.read,
      writtenBytes: group.writtenBytes ?? this.#total.written,
      ...(top === undefined ? {} : { top: shown(top) }),
      ...(busiest === undefined ? {} : { busiest: shown(busiest) }),
      ...(crowd === undefined ? {} : { crowd }),
      ...(writer === undefined ? {} : { writer }),
    };
  }

  /** A run may come into its group only after it was first looked at. */
  #readGroup(): GroupUsage {
    this.#group ??= groupOf(this.#first);
    return this.#group === undefined ? {} : readGroup(this.#group);
  }

  #look(members: readonly number[] | undefined): readonly ProcessUsage[] {
    if (members !== undefined)
      return members.map((pid) => readProcess(pid, this.#bytesOfPage)).filter((process) => process !== undefined);
    const tree = processTree(this.#first, this.#bytesOfPage);
    // Once the first process is gone its number can be somebody else's.
    return tree[0]?.started === this.#started ? tree : [];
  }

  #countTransfers(processes: readonly ProcessUsage[]): Usage["writer"] {
    const now = new Map<string, Transfer>();
    let writer: Usage["writer"];
    let { read, written } = this.#total;
    for (const process of processes) {
      const text = orUndefined(() => readFileSync(`/proc/${process.pid}/io`, "utf8"));
      if (text === undefined) continue;
      const transfer = { read: counter(text, "read_bytes"), written: counter(text, "write_bytes") };
      const before = this.#transfers.get(keyOf(process)) ?? { read: 0, written: 0 };
      const more = Math.max(0, transfer.written - before.written);
      read += Math.max(0, transfer.read - before.read);
      written += more;
      if (more > (writer?.writtenBytes ?? 0))
        writer = { pid: process.pid, program: process.program, writtenBytes: more };
      now.set(keyOf(process), transfer);
    }
    this.#transfers = now;
    this.#total = { read, written };
    return writer;
  }
}

function counter(text: string, name: string): number {
  return Number(new RegExp(`^${name}: (\\d+)$`, "m").exec(text)?.[1] ?? 0);
}

function keyOf({ pid, started }: ProcessUsage): string {
  return `${pid} ${started}`;
}

function shown({ pid, program, memoryBytes, cpuMs }: ProcessUsage): TopProcess {
  return { pid, program, memoryBytes, cpuMs };
}

function sum(processes: readonly ProcessUsage[], of: (process: ProcessUsage) => number): number {
  return processes.reduce((total, process) => total + of(process), 0);
}

function most(processes: readonly ProcessUsage[], by: (process: ProcessUsage) => number): ProcessUsage | undefined {
  return processes.reduce<ProcessUsage | undefined>(
    (best, each) => (best === undefined || by(each) > by(best) ? each : best),
    undefined,
  );
}

function crowdOf(processes: readonly ProcessUsage[]): Usage["crowd"] {
  const crowds = new Map<string, { readonly pid: number; readonly program: string; readonly count: number }>();
  for (const { pid, program, threads } of processes) {
    const known = crowds.get(program);
    crowds.set(program, { pid: Math.min(pid, known?.pid ?? pid), program, count: (known?.count ?? 0) + threads });
  }
  return [...crowds.values()].reduce<Usage["crowd"]>(
    (largest, each) => (largest === undefined || each.count > largest.count ? each : largest),
    undefined,
  );
}
