// The processes of one sandbox as /proc shows them from outside. It only looks; a process that ended in between is left out. Names are
// the processes' own choice: whoever shows one escapes it.
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessUsage {
  /** In the host's numbering. */
  readonly pid: number;
  readonly parent: number;
  /** As the kernel keeps it: at most 15 bytes, chosen by the process. */
  readonly program: string;
  readonly state: string;
  readonly threads: number;
  /** Resident pages, shared ones too. */
  readonly memoryBytes: number;
  /** Its own processor time. */
  readonly cpuMs: number;
  /** That of its children which ended and which it waited for, and of theirs. */
  readonly endedChildrenCpuMs: number;
  /** In clock ticks since the boot: tells a number that was given again from the process that was meant. */
  readonly started: string;
}

/** Ticks of the times in /proc, the same on every architecture that Cordon runs on (proc(5), USER_HZ). */
const TICK_MS = 10;
const AT_PAGESZ = 6n;
const USUAL_PAGE_BYTES = 4096;

/** From the kernel's own words to this process (getauxval(3)). */
export function pageBytes(): number {
  const vector = orUndefined(() => readFileSync("/proc/self/auxv"));
  for (let at = 0; vector !== undefined && at + 16 <= vector.length; at += 16) {
    if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
  }
  return USUAL_PAGE_BYTES;
}

export function parseStat(text: string, bytesOfPage: number): ProcessUsage | undefined {
  // The name is in brackets and may hold brackets, spaces and line ends.
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  const [state, parent] = fields;
  const started = fields[19];
  const number = (index: number) => Number(fields[index] ?? Number.NaN);
  if (open < 0 || close < open || state === undefined || started === undefined) return undefined;
  const usage = {
    pid: Number(text.slice(0, open)),
    parent: Number(parent),
    program: text.slice(open + 1, close),
    state,
    threads: number(17),
    memoryBytes: number(21) * bytesOfPage,
    cpuMs: (number(11) + number(12)) * TICK_MS,
    endedChildrenCpuMs: (number(13) + number(14)) * TICK_MS,
    started,
  };
  return Number.isFinite(usage.memoryBytes + usage.cpuMs + usage.endedChildrenCpuMs) ? usage : undefined;
}

export function readProcess(pid: number, bytesOfPage: number): ProcessUsage | undefined {
  const text = orUndefined(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return text === undefined ? undefined : parseStat(text, bytesOfPage);
}

/** A process and everything below it. In a sandbox orphans go to its first process, so nothing gets out of that tree. */
export function processTree(first: number, bytesOfPage: number): readonly ProcessUsage[] {
  const root = readProcess(first, bytesOfPage);
  if (root === undefined) return [];
  const listed = childrenOf(root);
  return listed === undefined ? byParents(root, bytesOfPage) : byChildren(root, listed, bytesOfPage);
}

function byChildren(root: ProcessUsage, children: readonly number[], bytesOfPage: number): readonly ProcessUsage[] {
  const tree = new Map([[root.pid, root]]);
  const waiting = [...children];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const process = tree.has(pid) ? undefined : readProcess(pid, bytesOfPage);
    if (process === undefined) continue;
    tree.set(pid, process);
    waiting.push(...(childrenOf(process) ?? []));
  }
  return [...tree.values()];
}

/** Undefined when the kernel has no such list (CONFIG_PROC_CHILDREN). */
function childrenOf({ pid, threads }: ProcessUsage): readonly number[] | undefined {
  // Each thread has the children that it made itself.
  const tasks = threads > 1 ? orUndefined(() => readdirSync(`/proc/${pid}/task`)) : [`${pid}`];
  const lists = (tasks ?? []).map((task) =>
    orUndefined(() => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")),
  );
  if (lists.every((list) => list === undefined)) return undefined;
  return lists.flatMap((list) => list?.split(" ").filter((each) => each !== "") ?? []).map(Number);
}

function byParents(root: ProcessUsage, bytesOfPage: number): readonly ProcessUsage[] {
  const all = (orUndefined(() => readdirSync("/proc")) ?? [])
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name), bytesOfPage))
    .filter((process) => process !== undefined);
  const tree = [root];
  for (const member of tree) tree.push(...all.filter(({ parent, pid }) => parent === member.pid && pid !== root.pid));
  return tree;
}

export function orUndefined<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
