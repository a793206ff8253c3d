// `cordon doctor`: what this host can enforce, what is missing, what that costs and how to get it. It changes nothing on the
// host and prints no advice that switches a protection off for everybody when a smaller one exists.
import { printable } from "../../core/text.js";
import { type BackendState, backendStates, type Capability, capabilityList } from "../../host/capabilities.js";
import { type Choice, chooseOther } from "../../host/choice.js";
import { type HostReport, inspectHost } from "../../host/facts.js";
import { isWsl } from "../../host/probe/kernel.js";
import type { HostFacts } from "../../host/types.js";
import { probeWall, WALLS, WITHIN } from "../../host/walls.js";
import { flag, type Invocation } from "../command.js";

const STATUS_UNUSABLE = 125;

const NATIVE: Choice = { name: "native", reason: "it works here and needs nothing installed" };

interface Looked {
  readonly report: HostReport;
  /** What `auto` is. */
  readonly choice: Choice;
  readonly backends: readonly BackendState[];
}

export async function run(invocation: Invocation): Promise<number> {
  const report = await inspectHost({ env: invocation.env, detailed: true });
  const { facts } = report;
  const choice = report.advice === undefined ? NATIVE : await chooseOther(facts, invocation.env);
  const looked: Looked = { report, choice, backends: backendStates(report, await tryWalls(facts, invocation.env)) };
  invocation.out.print(flag(invocation, "json") ? doctorJson(looked) : doctorText(looked, invocation.out.colour));
  return report.advice === undefined || choice.name !== "native" ? 0 : STATUS_UNUSABLE;
}

async function tryWalls(facts: HostFacts, env: Invocation["env"]) {
  const tried = [...WALLS, ...WITHIN].map(
    async ([name, tool]) => [name, await probeWall(tool, { facts, env })] as const,
  );
  return Object.fromEntries(await Promise.all(tried));
}

export function doctorJson({ report, choice, backends }: Looked): string {
  const native = report.advice === undefined ? { works: true } : { works: false, ...report.advice };
  const capabilities = capabilityList(report);
  const { facts, answers, sysctls } = report;
  return `${JSON.stringify({ version: 1, native, auto: choice, capabilities, backends, facts, answers, sysctls }, null, 2)}\n`;
}

export function doctorText({ report, choice, backends }: Looked, colour: boolean): string {
  const paint = (code: number, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const lines = [
    ...heading(report),
    "",
    ...verdict(report, choice, paint),
    "",
    paint(BOLD, "What this host offers (`cordon explain` shows what a policy makes of it)"),
    ...(report.init.kind === "found"
      ? capabilityList(report).flatMap((each) => capabilityLines(each, paint))
      : ["  not known: cordon-init asks the kernel, and it can't be used"]),
    "",
    paint(BOLD, "Backends"),
    ...backends.map((each) => backendLine(each, paint)),
    `  \`auto\` is ${choice.name}: ${printable(choice.reason, 1000)}`,
  ];
  return `${lines.join("\n")}\n`;
}

type Paint = (code: number, text: string) => string;

const BOLD = 1;
const RED = 31;
const GREEN = 32;
const YELLOW = 33;

function heading(report: HostReport): readonly string[] {
  const { kernel, user, container, lsm, init } = report.facts;
  const where = container === undefined ? "" : `, in a ${container} container`;
  const sudo = user.sudoUid === undefined ? "" : ` by sudo from uid ${user.sudoUid}`;
  return [
    `Linux ${printable(kernel.release)} on ${kernel.architecture}${isWsl(kernel.release) ? " (WSL)" : ""}${where}`,
    `User ${printable(user.name)} (uid ${user.uid})${sudo}, home ${printable(user.home)}`,
    `Security modules: ${lsm.length === 0 ? "unknown" : lsm.join(", ")}`,
    `cordon-init: ${init === undefined ? "not usable" : `${printable(init.path)} (${init.digest.slice(0, 19)}…)`}`,
  ];
}

function verdict(report: HostReport, choice: Choice, paint: Paint): readonly string[] {
  const { advice } = report;
  if (advice === undefined) return [paint(GREEN, "Cordon can run commands in a sandbox here (native backend).")];
  return [
    choice.name === "native"
      ? paint(RED, "Cordon can't make a sandbox here yet.")
      : paint(YELLOW, `Cordon can run commands in a sandbox here, but only with the ${choice.name} backend.`),
    `Why: ${printable(advice.reason)}`,
    paint(BOLD, "The way to get it:"),
    ...advice.fix.map((line) => `  ${line}`),
  ];
}

function capabilityLines(each: Capability, paint: Paint): readonly string[] {
  const [word, code] = each.works
    ? (["ok", GREEN] as const)
    : each.needed
      ? (["no", RED] as const)
      : (["missing", YELLOW] as const);
  const detail = each.detail === undefined ? "" : ` (${printable(each.detail)})`;
  const more = [
    ...(each.cost === undefined ? [] : [`costs: ${each.cost}`]),
    ...(each.get ?? []).map((line, index) => (index === 0 ? `to get it: ${line}` : line)),
  ];
  return [`  ${paint(code, word.padEnd(8))} ${each.title}${detail}`, ...more.map((line) => `           ${line}`)];
}

function backendLine(each: BackendState, paint: Paint): string {
  const [word, code] = each.works
    ? (["ok", GREEN] as const)
    : each.later === true
      ? (["later", YELLOW] as const)
      : (["no", each.name === "native" ? RED : YELLOW] as const);
  return `  ${paint(code, word.padEnd(8))} ${each.name.padEnd(11)} ${printable(each.note)}`;
}
