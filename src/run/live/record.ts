// What is written down of a running sandbox, and how it is read back. Pure but for the look at who lives. A record may be left over from
// another boot or of a process whose number somebody else has now.
import { readFileSync } from "node:fs";
import { readProcess } from "../usage/processes.js";

/** Number and start time: the number alone can be given to another process. */
export interface ProcessMark {
  readonly pid: number;
  /** In clock ticks since the boot. */
  readonly started: string;
}

export interface RunRecord {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  /** The kernel's id of this boot. */
  readonly boot: string;
  readonly supervisor: ProcessMark;
  /** The sandbox's first process; missing while it is being built. */
  readonly first?: ProcessMark;
  readonly backend: string;
  readonly policy?: { readonly digest: string; readonly files: readonly string[] };
  readonly plan?: string;
  readonly workspace: string;
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly started: string;
  /** The file that holds the run's record. */
  readonly audit?: string;
}

/** What stays the same for as long as this process lives, read once. */
const KNOWN = new Map<"boot" | "started", string>();

function once(name: "boot" | "started", read: () => string): string {
  const value = KNOWN.get(name) ?? read();
  KNOWN.set(name, value);
  return value;
}

export function bootId(): string {
  return once("boot", () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
}

export function ownMark(): ProcessMark {
  return { pid: process.pid, started: once("started", () => markOf(process.pid).started) };
}

export function markOf(pid: number): ProcessMark {
  return { pid, started: readProcess(pid, 1)?.started ?? "" };
}

export function lives({ pid, started }: ProcessMark): boolean {
  const process = readProcess(pid, 1);
  return process !== undefined && process.started === started && process.state !== "Z" && process.state !== "X";
}

/** The process itself is stopped, so it can't answer. */
export function isStopped({ pid }: ProcessMark): boolean {
  return readProcess(pid, 1)?.state === "T";
}

/** undefined: not a record of this version. */
export function parseRecord(value: unknown): RunRecord | undefined {
  if (!isObject(value) || value["version"] !== 1) return undefined;
  const { id, name, boot, supervisor, first, backend, policy, plan, workspace, command, started, audit } = value;
  const texts = [id, name, boot, backend, workspace, started].every((each) => typeof each === "string");
  const optional = [plan, audit].every((each) => each === undefined || typeof each === "string");
  const marks = isMark(supervisor) && (first === undefined || isMark(first));
  if (!texts || !optional || !marks || !isTexts(command) || !(policy === undefined || isPolicy(policy)))
    return undefined;
  // Checked border: every member was looked at.
  return value as unknown as RunRecord;
}

function isPolicy(value: unknown): boolean {
  return isObject(value) && typeof value["digest"] === "string" && isTexts(value["files"]);
}

function isMark(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { pid, started } = value;
  return typeof pid === "number" && Number.isInteger(pid) && pid > 0 && typeof started === "string";
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
