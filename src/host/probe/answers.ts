// What `cordon-init probe` said, as typed answers. Pure: text in, data out; an answer that is missing or odd is a "no".
import { constants } from "node:os";

/** The raw lines: name and value. */
export type Answers = Readonly<Record<string, string>>;

const LINE = /^([a-z][a-z0-9-]{0,31}) ([\w.,:+~#/-]{1,120})$/;

export function parseAnswers(text: string): Answers {
  const answers: [string, string][] = [];
  for (const line of text.slice(0, 65_536).split("\n")) {
    const [, name, value] = LINE.exec(line) ?? [];
    if (name !== undefined && value !== undefined) answers.push([name, value]);
  }
  return Object.fromEntries(answers);
}

export function printAnswers(answers: Answers): string {
  return Object.entries(answers)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}

export function works(answers: Answers, name: string): boolean {
  return answers[name] === "ok";
}

/** Why something doesn't work: `EPERM`, `timeout`, `broken`, or `unanswered`; undefined when it works. */
export function obstacle(answers: Answers, name: string): string | undefined {
  const value = answers[name];
  if (value === "ok") return undefined;
  if (value === undefined) return "unanswered";
  return /^\d+$/.test(value) ? errnoName(Number(value)) : value;
}

export function errnoName(number: number): string {
  for (const [name, value] of Object.entries(constants.errno))
    if (value === number && name !== "EWOULDBLOCK") return name;
  return `errno ${number}`;
}

export function count(answers: Answers, name: string): number {
  const value = answers[name] ?? "";
  return /^\d{1,4}$/.test(value) ? Number(value) : 0;
}

/** What a run can't do without, in the order that `doctor` shows it. */
export const ESSENTIAL = [
  "userns",
  "mountns",
  "pidns",
  "netns",
  "proc",
  "seccomp-filter",
  "mount-setattr",
  "open-tree",
  "openat2",
  "memfd",
  "close-range",
] as const;

/** Namespaces alone: whether `HostFacts.namespaces.usable`. */
export const NAMESPACES = ["userns", "mountns", "pidns", "netns"] as const;

export function firstObstacle(
  answers: Answers,
  names: readonly string[],
): { readonly name: string; readonly why: string } | undefined {
  for (const name of names) {
    const why = obstacle(answers, name);
    if (why !== undefined) return { name, why };
  }
  return undefined;
}
