// A bash script that starts the command by systemd-run, as a transient service of the user's manager: the unit's directives on a command line.
import { findProgram, makeScript } from "./script.js";
import type { Section } from "./section.js";
import { shWord } from "./syntax/sh.js";
import { propertyPath } from "./syntax/systemd.js";
import { programWords, serviceSections } from "./systemd-service.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const systemdRun: Exporter = { kind: "systemd-run", command: "accepted", ofThisUser: true, make };

function make(input: ExportInput): Exported {
  const { plan } = input;
  const properties = serviceSections(input, propertyPath).map(({ directives, ...section }): Section => {
    const words = directives.map(({ name, value }) => `  -p ${shWord(`${name}=${value}`)}`);
    return { ...section, lines: ["args+=(", ...words, ")"] };
  });
  const home = plan.home.mode === "persistent" ? [`mkdir -p -m 700 -- ${shWord(plan.home.source)}`] : [];
  return makeScript({
    kind: "systemd-run",
    title: `A sandbox for ${plan.name} by systemd-run`,
    needs:
      "systemd 252, a manager of the user that runs (a login has one), bash, and a system whose users may make user namespaces",
    input,
    sections: [
      { lines: ["args=(--user --quiet --collect --wait --service-type=exec)", ...home] },
      ...properties,
      terminal(),
      command(input),
    ],
  });
}

function terminal(): Section {
  return {
    holds: ["terminal.no-injection"],
    note: "On a terminal the command gets one of its own.",
    lines: ["if [ -t 0 ] && [ -t 1 ]; then args+=(--pty); else args+=(--pipe); fi"],
  };
}

/** `$` begins a variable in the words of a service. */
const DOUBLED = "//\\$/\\$\\$";

function command({ plan: { command: asked }, passed }: ExportInput): Section {
  const given = Object.entries(asked.env).filter(([name]) => !passed.includes(name));
  const literal = (word: string) => shWord(word.replaceAll("$", "$$$$"));
  return {
    holds: ["process.environment-clean"],
    partly: {
      "process.dies-with-supervisor": "who is killed without a chance to tell systemd leaves the service running",
    },
    note: "The command, with an environment of its own.",
    lines: [
      findProgram("systemd-run"),
      "args+=(-- /usr/bin/env -i --)",
      ...given.map(([name, value]) => `args+=(${literal(`${name}=${value}`)})`),
      ...passed.map((name) => `args+=($\{${name}+"${name}=$\{${name}${DOUBLED}}"})`),
      `args+=(${programWords(asked.argv).map(literal).join(" ")})`,
      `for word in "$@"; do args+=("$\{word${DOUBLED}}"); done`,
      'exec "$systemd_run" "$' + '{args[@]}"',
    ],
  };
}
