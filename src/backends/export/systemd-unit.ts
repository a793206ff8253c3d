// A service for the user's own systemd manager, by directives alone: no program but systemd builds the sandbox.
import { joinPath } from "../../plan/paths.js";
import type { Directive } from "../common/systemd.js";
import { header, lostBy, type Section, sectionLines } from "./section.js";
import { execWord, unitPath, unitText } from "./syntax/systemd.js";
import { programWords, serviceSections } from "./systemd-service.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const systemdUnit: Exporter = { kind: "systemd-unit", command: "required", ofThisUser: true, make };

function make(input: ExportInput): Exported {
  const { plan } = input;
  const name = `${plan.name}.service`;
  const sections: readonly Section[] = [
    ...serviceSections(input, unitPath).map((section) => ({ ...section, lines: section.directives.map(lineOf) })),
    { ...command(input) },
  ];
  const lost = [...input.lost, ...lostBy(sections, plan)];
  const folder = joinPath("~/.config/systemd/user", name);
  const lines = [
    ...header({
      title: `A sandbox for ${plan.name} as a service of the user's systemd`,
      plan,
      usage: [
        `Put it at ${folder}, then: systemctl --user daemon-reload && systemctl --user start ${plan.name}`,
        "It needs systemd 252 or later, and a system whose users may make user namespaces.",
        ...(plan.home.mode === "persistent" ? [`Make its home first: mkdir -p -m 700 ${plan.home.source}`] : []),
      ],
      lost,
    }),
    "",
    "[Unit]",
    `Description=${unitText(`${plan.name} in a sandbox`)}`,
    "",
    "[Service]",
    "Type=exec",
    ...sections.flatMap((section) => sectionLines(section, plan)),
    "",
    "[Install]",
    "WantedBy=default.target",
  ];
  return { files: [{ name, executable: false, content: `${lines.join("\n")}\n` }], lost };
}

function lineOf({ name, value }: Directive): string {
  return `${name}=${value}`;
}

/** Through env(1), which begins with nothing of the manager's own environment. */
function command({ plan: { command: asked }, passed }: ExportInput): Section {
  const given = Object.entries(asked.env).filter(([name]) => !passed.includes(name));
  const env = ["/usr/bin/env", "-i", "--"];
  // A variable that isn't set stays so, which only a shell can say.
  const taken = passed.map((name) => `$\{${name}+"${name}=$${name}"}`).join(" ");
  const begin = passed.length === 0 ? env : ["/bin/sh", "-c", `exec ${env.join(" ")} ${taken} "$@"`, "sh"];
  const words = [...begin, ...given.map(([name, value]) => `${name}=${value}`), ...programWords(asked.argv)];
  return {
    holds: [
      "process.environment-clean",
      "process.no-inherited-descriptors",
      "process.dies-with-supervisor",
      "terminal.no-injection",
    ],
    note: "The command, with an environment of its own.",
    lines: [
      ...(passed.length === 0 ? [] : [`PassEnvironment=${passed.join(" ")}`]),
      `ExecStart=${words.map(execWord).join(" \\\n    ")}`,
    ],
  };
}
