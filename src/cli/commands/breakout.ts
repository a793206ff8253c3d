// `cordon breakout`: attacks the sandbox that a policy describes, in a staged world of its own. Exit 0 when every control that was tried
// held, 1 when one didn't. Results go to stdout, progress to stderr.
import { writeFileSync } from "node:fs";
import { posix } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import { ATTACKS } from "../../breakout/attacks.js";
import { breakOut } from "../../breakout/breakout.js";
import type { Fault, FaultResult } from "../../breakout/faults/types.js";
import { reportForm } from "../../breakout/report/file.js";
import { reportJson } from "../../breakout/report/json.js";
import { reportText } from "../../breakout/report/text.js";
import { STATUS_WORDS } from "../../breakout/report/words.js";
import { select } from "../../breakout/select.js";
import type { Attack, Status } from "../../breakout/types.js";
import { heldAll } from "../../breakout/verdicts.js";
import { CordonError, messageOf } from "../../core/error.js";
import { probeHost } from "../../host/facts.js";
import type { HostFacts } from "../../host/types.js";
import { flag, type Invocation, text, texts } from "../command.js";
import { writeAll } from "../output.js";
import { policyFor } from "../pipeline.js";

export async function run(invocation: Invocation): Promise<number> {
  const { out, env, cwd } = invocation;
  const faults = await chosenFaults(invocation);
  const attacks = select(ATTACKS, texts(invocation, "only"), faults);
  const chosen = select(faults, texts(invocation, "only"), ATTACKS);
  if (flag(invocation, "list")) return list(invocation, [...attacks, ...chosen]);
  if (flag(invocation, "dry-run")) return dryRun(invocation, attacks, chosen);
  const file = text(invocation, "report");
  const form = file === undefined ? undefined : reportForm(file);
  const facts = await probeHost({ env });
  const tell = progress(invocation);
  const stop = new AbortController();
  // So that the staged world is taken away also then.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => stop.abort(new CordonError("usage", `ended by ${signal}; nothing was shown`)));
  const report = await breakOut({
    signal: stop.signal,
    facts,
    attacks,
    version: packageJson.version,
    under: await target(invocation, facts),
    onResult: (result, done, total) => tell(result.attack.id, result.status, done, total),
    ...(chosen.length === 0
      ? {}
      : {
          faults: {
            chosen,
            cordon: [process.execPath, process.argv[1] ?? "cordon"],
            onResult: ({ fault, status }: FaultResult, done: number) => tell(fault.id, status, done, chosen.length),
          },
        }),
  });
  if (out.interactive) writeAll(2, "\r\u001b[K");
  out.print(flag(invocation, "json") ? reportJson(report) : reportText(report, out.colour));
  if (file !== undefined && form !== undefined) save(posix.resolve(cwd, file), form(report));
  for (const note of report.notes) out.note(note);
  return heldAll(report) ? 0 : 1;
}

async function target(invocation: Invocation, facts: HostFacts): Promise<Parameters<typeof breakOut>[0]["under"]> {
  const command = text(invocation, "runner");
  if (command !== undefined) return { kind: "command", command };
  // Not resolved against the real home and workspace: the staged ones stand for them.
  const { policy } = await policyFor(invocation, [], facts);
  return { kind: "policy", policy };
}

/** None without --faults. */
async function chosenFaults(invocation: Invocation): Promise<readonly Fault[]> {
  if (!flag(invocation, "faults")) return [];
  if (text(invocation, "runner") !== undefined)
    throw new CordonError("usage", "--faults breaks parts of Cordon, which another sandbox hasn't", {
      place: "--faults",
    });
  return (await import("../../breakout/faults.js")).FAULTS;
}

/** One line that changes on a terminal; elsewhere a line for each attack that didn't hold, and every fiftieth. */
function progress({ out, options }: Invocation): (id: string, status: Status, done: number, total: number) => void {
  return (id, status, done, total) => {
    const told = `${done}/${total} ${id}: ${STATUS_WORDS[status]}`;
    if (out.interactive) writeAll(2, `\r\u001b[K${told.slice(0, 78)}`);
    else if (options["json"] !== true && (status === "broken" || done % 50 === 0 || done === total)) out.note(told);
  };
}

function list({ out, options }: Invocation, attacks: readonly (Attack | Fault)[]): number {
  if (options["json"] === true) {
    out.print(
      JSON.stringify(
        attacks.map((each) => {
          const { id, severity, threats, sentence } = each;
          return { id, ...("control" in each ? { control: each.control } : {}), severity, threats, sentence };
        }),
        null,
        2,
      ),
    );
    return 0;
  }
  const width = Math.max(...attacks.map(({ id }) => id.length));
  out.print(
    attacks.map(({ id, sentence, severity }) => `${id.padEnd(width)}  ${severity.padEnd(8)}  ${sentence}`).join("\n"),
  );
  return 0;
}

function dryRun({ out }: Invocation, attacks: readonly Attack[], faults: readonly Fault[]): number {
  const baselines = attacks.filter(({ baseline }) => baseline.kind !== "none").length;
  out.print(
    [
      "This would be done, and taken back at the end:",
      "- a temporary folder with a home full of invented secrets, and a small repository for each attack",
      "- servers on 127.0.0.1, ::1 and on socket files in that folder; a victim process of yours with a key in your kernel keyring, shared memory and a message queue",
      `- ${attacks.length} scripts run in the sandbox, each in one of its own; ${baselines} of them before without a sandbox, on the staged things only`,
      ...(faults.length === 0
        ? []
        : [
            `- ${faults.length} times Cordon itself in folders of that kind, with a command in it, and what is named below done to it`,
          ]),
      "Nothing of your home, your workspace or the network is touched.",
      "",
      ...attacks.map(
        ({ id, sentence, baseline }) =>
          `${id} (without a sandbox: ${baseline.kind === "none" ? baseline.reason : baseline.kind}): ${sentence}`,
      ),
      ...faults.map(({ id, sentence, expects }) => `${id}: ${sentence} ${expects}`),
    ].join("\n"),
  );
  return 0;
}

function save(path: string, content: string): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new CordonError("usage", `the report can't be written: ${messageOf(error)}`, { place: path });
  }
}
