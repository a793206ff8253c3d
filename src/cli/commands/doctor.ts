// `cordon doctor`: what this host can enforce, what is missing, what that costs and how to get it. It changes nothing on the
// host and prints no advice that switches a protection off for everybody when a smaller one exists.
import { printable } from "../../core/text.js";
import { type BackendState, backendStates, type Capability, capabilityList } from "../../host/capabilities.js";
import { type HostReport, inspectHost } from "../../host/facts.js";
import { isWsl } from "../../host/probe/kernel.js";
import { flag, type Invocation } from "../command.js";

const STATUS_UNUSABLE = 125;

export async function run(invocation: Invocation): Promise<number> {
  const report = await inspectHost({ env: invocation.env, detailed: true });
  const text = flag(invocation, "json") ? doctorJson(report) : doctorText(report, invocation.out.colour);
  invocation.out.print(text);
  return report.advice === undefined ? 0 : STATUS_UNUSABLE;
}

export function doctorJson(report: HostReport): string {
  const native = report.advice === undefined ? { works: true } : { works: false, ...report.advice };
  const capabilities = capabilityList(report);
  const { facts, answers, sysctls } = report;
  return `${JSON.stringify({ version: 1, native, capabilities, backends: backendStates(report), facts, answers, sysctls }, null, 2)}\n`;
}

export function doctorText(report: HostReport, colour: boolean): string {
  const paint = (code: number, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const lines = [
    ...heading(report),
    "",
    ...verdict(report, paint),
    "",
    paint(BOLD, "What this host offers (`cordon explain` shows what a policy makes of it)"),
    ...(report.init.kind === "found"
      ? capabilityList(report).flatMap((each) => capabilityLines(each, paint))
      : ["  not known: cordon-init asks the kernel, and it can't be used"]),
    "",
    paint(BOLD, "Backends"),
    ...backendStates(report).map((each) => backendLine(each, paint)),
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

function verdict(report: HostReport, paint: Paint): readonly string[] {
  const { advice } = report;
  if (advice === undefined) return [paint(GREEN, "Cordon can run commands in a sandbox here (native backend).")];
  return [
    paint(RED, "Cordon can't make a sandbox here yet."),
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
    : each.name === "native"
      ? (["no", RED] as const)
      : (["later", YELLOW] as const);
  return `  ${paint(code, word.padEnd(8))} ${each.name.padEnd(11)} ${printable(each.note)}`;
}
