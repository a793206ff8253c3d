// An exported file is made of sections. A section that writes lines names the promises that those lines hold, so that the comments, the
// list of what is held and the list of what is lost come from the same place as the lines themselves. Pure.
import { printable } from "../../core/text.js";
import { controlOf } from "../../plan/controls.js";
import type { Plan } from "../../plan/types.js";

export interface Section {
  /** Plain words about the lines, when the promises don't say it all. */
  readonly note?: string;
  readonly holds?: readonly string[];
  readonly lines: readonly string[];
  /** Promises that these lines hold only in part, with what is missing. */
  readonly partly?: Readonly<Record<string, string>>;
  /** Further things that are missing, in words. */
  readonly lost?: readonly string[];
}

const WIDTH = 110;

/** One or more comment lines, each beginning with `mark`; never more lines than words, whatever the words hold. */
export function comment(text: string, mark = "#"): readonly string[] {
  const lines: string[] = [];
  let line = mark;
  // YAML 1.1 takes these for line ends.
  const safe = printable(text, 4000).replace(/[\u2028\u2029]/g, "?");
  for (const word of safe.split(" ")) {
    if (line.length + 1 + word.length > WIDTH && line !== mark) {
      lines.push(line);
      line = mark;
    }
    line = `${line} ${word}`;
  }
  return [...lines, line];
}

/** The lines of a section below their comments: a sentence of the control table for each promise that the plan asks for. */
export function sectionLines(section: Section, plan: Plan, mark = "#"): readonly string[] {
  const { holds = [], partly = {}, note, lines } = section;
  if (lines.length === 0) return [];
  const asked = [...holds, ...Object.keys(partly)].filter((id) => plan.controls.includes(id));
  return [
    "",
    ...asked.flatMap((id) => comment(promise(id, partly[id]), mark)),
    ...(note === undefined ? [] : comment(note, mark)),
    ...lines,
  ];
}

function promise(id: string, missing: string | undefined): string {
  const { title = id, sentence = "" } = controlOf(id) ?? {};
  return `${title} (${id}${missing === undefined ? "" : ", in part"}): ${sentence}`;
}

/** What of the plan's promises no section holds, or only in part, and what else the sections say is missing. */
export function lostBy(sections: readonly Section[], plan: Plan): readonly string[] {
  const held = new Set(sections.flatMap(({ holds = [] }) => holds));
  const partly = new Map(sections.flatMap(({ partly: parts = {} }) => Object.entries(parts)));
  const promises = plan.controls.flatMap((id) => {
    const missing = partly.get(id) ?? (held.has(id) ? undefined : (WHY_LOST[id] ?? "nothing here holds it"));
    return missing === undefined ? [] : [`${controlOf(id)?.title ?? id} (${id}): ${missing}`];
  });
  return [...promises, ...sections.flatMap(({ lost = [] }) => lost)];
}

const NO_GUARD = "only what exists now is covered; nobody judges the names of what is made later";

/** Promises that need Cordon beside the command. */
const WHY_LOST: Readonly<Record<string, string>> = {
  "process.recorded": "nothing is recorded: there is no supervisor",
  "workspace.protected-names": NO_GUARD,
  "files.deny": NO_GUARD,
  "ipc.socket-files": "a service that listens on a socket file in a granted folder can be reached",
  "files.canaries": "there are no decoys: nobody would tell that one was touched",
  "limits.disk": "nobody counts what is written",
  "limits.cpu": "nothing here shares out the processors",
  "limits.memory": "nothing here counts the memory",
  "limits.time": "nothing here keeps the time",
};

export interface HeaderParts {
  readonly title: string;
  readonly plan: Plan;
  readonly usage: readonly string[];
  readonly lost: readonly string[];
  readonly mark?: string;
}

/** What every exported file begins with. No date and no version: the same policy gives the same file. */
export function header({ title, plan, usage, lost, mark = "#" }: HeaderParts): readonly string[] {
  return [
    ...comment(`${title}, made by "cordon export" from ${sourcesOf(plan)}.`, mark),
    ...comment("It works without Cordon. Change the policy and export again rather than this file.", mark),
    ...usage.flatMap((each) => comment(each, mark)),
    ...(lost.length === 0
      ? []
      : [
          mark,
          ...comment('Compared with "cordon run" this is lost:', mark),
          ...lost.flatMap((each) => comment(`- ${each}`, mark)),
        ]),
  ];
}

/** The policy's files and profiles, without the options of the command line. */
function sourcesOf({ policy }: Plan): string {
  const names = policy.files.flatMap((file) => {
    if (file.startsWith("built-in:"))
      return file === "built-in:default" ? [] : [`the profile ${file.slice("built-in:".length)}`];
    return file.startsWith("/") ? [file.slice(file.lastIndexOf("/") + 1)] : [];
  });
  return names.join(", ") || "the default policy";
}
