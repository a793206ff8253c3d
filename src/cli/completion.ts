// Completion scripts for bash, zsh and fish, made from the command table. Pure. What is completed is data of our own only: no script
// ever runs cordon or anything else while the user types.
import { unreachable } from "../core/error.js";
import type { Command, OptionSpec } from "./command.js";
import { COMMANDS, isReady } from "./table.js";

export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

/** Where the folders of running sandboxes are (run/live/places.ts), as a shell's glob: their names are what is completed. */
const STATE = "$" + "{XDG_STATE_HOME:-$HOME/.local/state}";
const RUN_FOLDERS = `/run/user/$UID/cordon/runs/* ${STATE}/cordon/run/*`;

const KNOWN = COMMANDS.filter(isReady);

export function completionScript(shell: Shell, profiles: readonly string[]): string {
  switch (shell) {
    case "bash":
      return bash(profiles);
    case "zsh":
      return zsh(profiles);
    case "fish":
      return fish(profiles);
    default:
      return unreachable(shell);
  }
}

/** Words that may follow a command's name besides options. */
function argumentsOf(command: Command): readonly string[] {
  if (command.name === "completion") return SHELLS;
  if (command.name === "profile") return ["ls", "show"];
  if (command.name === "audit") return ["show", "verify", "tail", "export", "ship", "prune"];
  if (command.name === "help") return KNOWN.map(({ name }) => name);
  return [];
}

function takesFiles({ name }: Command): boolean {
  return ["check", "trust", "explain", "why", "audit"].includes(name);
}

function flagsOf({ options }: Command): readonly string[] {
  return Object.entries(options).flatMap(([name, { short }]) => [
    `--${name}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
}

function valueWords(spec: OptionSpec, profiles: readonly string[]): readonly string[] | undefined {
  if (spec.choices !== undefined) return spec.choices;
  return spec.completes === "profile" ? profiles : undefined;
}

function bash(profiles: readonly string[]): string {
  const cases = KNOWN.map((command) => {
    const values = Object.entries(command.options)
      .filter(([, spec]) => spec.type === "string")
      .map(([name, spec]) => `        ${bashPattern(name, spec)}) ${bashValue(spec, profiles)}; return ;;`);
    return [
      `    ${command.name})`,
      '      case "$prev" in',
      ...values,
      "      esac",
      `      words="${[...flagsOf(command), "--help", ...argumentsOf(command)].join(" ")}"`,
      `      files=${bashRest(command)} ;;`,
    ].join("\n");
  });
  return [
    "# cordon completion for bash",
    "_cordon() {",
    '  local cur prev command words="" files=none',
    `  cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${[...KNOWN.map(({ name }) => name), "--help", "--version"].join(" ")}" -- "$cur")); return`,
    "  fi",
    '  case "$command" in',
    ...cases,
    "  esac",
    '  case "$cur" in -*) COMPREPLY=($(compgen -W "$words" -- "$cur")); return ;; esac',
    '  if [ "$files" = command ]; then COMPREPLY=($(compgen -c -- "$cur") $(compgen -f -- "$cur"))',
    '  elif [ "$files" = file ]; then COMPREPLY=($(compgen -f -- "$cur"))',
    `  elif [ "$files" = run ]; then COMPREPLY=($(compgen -W "$(for run in ${RUN_FOLDERS}; do [ -d "$run" ] && echo "\${run##*/}"; done)" -- "$cur"))`,
    '  else COMPREPLY=($(compgen -W "$words" -- "$cur")); fi',
    "}",
    "complete -o filenames -F _cordon cordon",
    "",
  ].join("\n");
}

function bashRest(command: Command): string {
  if (command.completesRuns === true) return "run";
  return command.positionals === "first" ? "command" : takesFiles(command) ? "file" : "none";
}

function bashPattern(name: string, { short }: OptionSpec): string {
  return short === undefined ? `--${name}` : `--${name}|-${short}`;
}

function bashValue(spec: OptionSpec, profiles: readonly string[]): string {
  const words = valueWords(spec, profiles);
  if (words !== undefined) return `COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$cur"))`;
  if (spec.completes === "directory") return 'COMPREPLY=($(compgen -d -- "$cur"))';
  return spec.completes === undefined ? "COMPREPLY=()" : 'COMPREPLY=($(compgen -f -- "$cur"))';
}

function zsh(profiles: readonly string[]): string {
  const cases = KNOWN.map((command) => {
    const specs = Object.entries(command.options).map(([name, spec]) => `        ${zshSpec(name, spec, profiles)} \\`);
    return [`      ${command.name})`, "        _arguments -s \\", ...specs, `        ${zshRest(command)} ;;`].join(
      "\n",
    );
  });
  return [
    "#compdef cordon",
    "_cordon() {",
    "  local -a commands",
    "  commands=(",
    ...KNOWN.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`),
    "  )",
    "  if (( CURRENT == 2 )); then _describe command commands; return; fi",
    "  local command=$words[2]",
    "  shift words; (( CURRENT-- ))",
    '  case "$command" in',
    ...cases,
    "  esac",
    "}",
    'if [ "$funcstack[1]" = "_cordon" ]; then _cordon "$@"; else compdef _cordon cordon; fi',
    "",
  ].join("\n");
}

function zshSpec(name: string, spec: OptionSpec, profiles: readonly string[]): string {
  const repeat = spec.multiple === true ? "*" : "";
  const text = spec.summary.replaceAll("[", "(").replaceAll("]", ")").replaceAll(":", " -");
  const value =
    spec.type === "boolean"
      ? ""
      : `:${(spec.value ?? "value").replace(/[^A-Za-z]+/g, " ").trim()}:${zshAction(spec, profiles)}`;
  const names = [
    `--${name}${spec.type === "string" ? "=" : ""}`,
    ...(spec.short === undefined ? [] : [`-${spec.short}`]),
  ];
  return names.map((each) => quote(`${repeat}${each}[${text}]${value}`)).join(" ");
}

function zshAction(spec: OptionSpec, profiles: readonly string[]): string {
  const words = valueWords(spec, profiles);
  if (words !== undefined) return `(${words.join(" ")})`;
  if (spec.completes === "directory") return "_files -/";
  return spec.completes === undefined ? " " : "_files";
}

function zshRest(command: Command): string {
  // Single quotes keep it from being expanded before it is needed; N: no match is no word.
  if (command.completesRuns === true)
    return quote(`*:run:(\${(@)$(print -l ${RUN_FOLDERS.replaceAll("*", "*(N:t)")})})`);
  if (command.positionals === "first") return quote("*::command: _normal");
  const words = argumentsOf(command);
  if (words.length > 0) return quote(`*:argument:(${words.join(" ")})`);
  return takesFiles(command) ? quote("*:file:_files") : quote("--help[show help]");
}

function fish(profiles: readonly string[]): string {
  const lines = ["# cordon completion for fish", "complete -c cordon -f"];
  for (const command of KNOWN) {
    lines.push(`complete -c cordon -n __fish_use_subcommand -a ${command.name} -d ${quote(command.summary)}`);
    const when = `-n ${quote(`__fish_seen_subcommand_from ${command.name}`)}`;
    for (const [name, spec] of Object.entries(command.options))
      lines.push(`complete -c cordon ${when} ${fishOption(name, spec, profiles)}`);
    const words = argumentsOf(command);
    if (words.length > 0) lines.push(`complete -c cordon ${when} -a ${quote(words.join(" "))}`);
    if (command.completesRuns === true)
      lines.push(
        `complete -c cordon ${when} -a '(path basename /run/user/(id -u)/cordon/runs/* ~/.local/state/cordon/run/*)'`,
      );
    if (takesFiles(command) || command.positionals === "first") lines.push(`complete -c cordon ${when} -F`);
  }
  return `${lines.join("\n")}\n`;
}

function fishOption(name: string, spec: OptionSpec, profiles: readonly string[]): string {
  const words = valueWords(spec, profiles);
  const value = words !== undefined ? `-x -a ${quote(words.join(" "))}` : spec.completes === undefined ? "-x" : "-r -F";
  const parts = [
    `-l ${name}`,
    ...(spec.short === undefined ? [] : [`-s ${spec.short}`]),
    ...(spec.type === "string" ? [value] : []),
  ];
  return `${parts.join(" ")} -d ${quote(spec.summary)}`;
}

/** For a shell's single quotes; the texts are those of our own table. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
