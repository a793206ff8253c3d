// The supervisor's services fail while it lives itself: proxies, name service, clock, record, receivers of the record.
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Agent } from "./agent.js";
import { type Bench, pause } from "./bench.js";
import { toItsEnd } from "./supervisor.js";
import { type Fault, must, NotShown } from "./types.js";

function recordFile(bench: Bench): string {
  const folder = bench.path("state/audit");
  const name = existsSync(folder) ? readdirSync(folder).find((each) => each.endsWith(".jsonl")) : undefined;
  if (name === undefined) throw new NotShown("there is no record yet");
  return join(folder, name);
}

/** A run whose record can't be kept ends, and says so. */
async function endsForItsRecord(bench: Bench, agent: Agent): Promise<string> {
  const end = await agent.end(20_000);
  must(end?.code === 125, `the run ended with ${JSON.stringify(end)} instead of 125`);
  must(/record/.test(agent.errors()), `it didn't say why: ${agent.errors().slice(0, 200)}`);
  await bench.until("everything inside is dead", () => agent.alive().length === 0, 2000);
  must(!agent.broke, "a protected name was made");
  return "the run ended with status 125 and said why";
}

/** Nothing more arrives than what was allowed; the time limit still ends it. */
async function clockJump(bench: Bench, inside: "clock-forward" | "clock-back"): Promise<string> {
  const limit = 6;
  const policy = "limits: { time: 12s, cpu: 400%, memory: 512M, disk: 1G }\n";
  const agent = await bench.start({ inside, policy: `${networkLimited(bench, limit)}${policy}` });
  await bench.until("the limit of requests is reached", () => agent.beats() > limit + 2);
  must(agent.arrivals() === limit, `${agent.arrivals()} requests arrived instead of ${limit}`);
  bench.trigger();
  await pause(100);
  const beats = agent.beats();
  await bench.until("the command works on after the jump", () => agent.beats() > beats + 2, 4000);
  const end = await agent.end(15_000);
  must(end !== undefined, "the time limit didn't end the run after the clock had jumped");
  must(agent.arrivals() === limit, "the jump of the clock gave the command more requests");
  must(!agent.broke, "a protected name was made");
  const { events, states } = await bench.record(agent);
  must(
    states.every((state) => state === "finished"),
    `the record is ${states.join(", ")}`,
  );
  return `not one request more, and the time limit held; all ${events} events are in the record, which verifies`;
}

function networkLimited(bench: Bench, requests: number): string {
  return `network:\n  allow: [{ host: allowed.breakout.test, ports: [80], connect: "127.0.0.1:${bench.port}" }]\n  limits: { requests: ${requests}/h }\n`;
}

export const SERVICE_FAULTS: readonly Fault[] = [
  {
    id: "proxy/closed",
    severity: "critical",
    threats: ["H28"],
    sentence: "The proxies stop listening while everything else goes on.",
    expects: "Nothing gets out any more; the run goes on to its end and the record is whole.",
    run: async (bench) => {
      const agent = await bench.start({ rounds: 25, inside: "listeners" });
      bench.trigger();
      await pause(200);
      const before = agent.arrivals();
      const seen = await toItsEnd(bench, agent);
      must(agent.arrivals() === before, "requests got out without the proxy");
      return `nothing arrived any more; ${seen}`;
    },
  },
  {
    id: "names/closed",
    severity: "high",
    threats: ["H26"],
    sentence: "The name service stops answering.",
    expects: "No question leaves by another way; the run goes on to its end and the record is whole.",
    run: async (bench) => {
      const agent = await bench.start({ rounds: 25, inside: "names" });
      bench.trigger();
      await pause(200);
      must(bench.collectors.received("dns", bench.nonce) === undefined, "a question left");
      return toItsEnd(bench, agent);
    },
  },
  {
    id: "clock/forward",
    severity: "medium",
    threats: ["H26", "H40"],
    sentence: "The clock jumps forward by a day.",
    expects: "No limit begins anew, the time limit holds, the record verifies.",
    run: (bench) => clockJump(bench, "clock-forward"),
  },
  {
    id: "clock/back",
    severity: "medium",
    threats: ["H26", "H40"],
    sentence: "The clock jumps back by a day.",
    expects: "No limit is forgotten, the time limit holds, the record verifies.",
    run: (bench) => clockJump(bench, "clock-back"),
  },
  {
    id: "record/full",
    severity: "high",
    threats: ["H40"],
    sentence: "The record can't grow any more, as on a full disk.",
    expects: "The run ends with status 125 and says why; what was recorded before verifies.",
    run: async (bench) => {
      const agent = await bench.start();
      agent.family();
      await bench.limit(agent.pid, "file-size", statSync(recordFile(bench)).size + 2048);
      const seen = await endsForItsRecord(bench, agent);
      const { result, findings } = await bench.verified();
      must(findings === 0, `the record doesn't verify: ${result}`);
      return `${seen}; the record verifies`;
    },
  },
  {
    id: "record/removed",
    severity: "high",
    threats: ["H40"],
    sentence: "The record is removed while it is being written.",
    expects: "The run ends with status 125 and says why, and verifying tells that a record is gone.",
    run: async (bench) => {
      const agent = await bench.start();
      agent.family();
      rmSync(recordFile(bench));
      const seen = await endsForItsRecord(bench, agent);
      const { findings } = await bench.verified();
      must(findings > 0, "nobody misses the record");
      return `${seen}; that it is gone is told`;
    },
  },
  {
    id: "record/replaced",
    severity: "high",
    threats: ["H40"],
    sentence: "Another file is put in the place of the record while it is being written.",
    expects: "The run ends with status 125 and says why.",
    run: async (bench) => {
      const agent = await bench.start();
      agent.family();
      const file = recordFile(bench);
      renameSync(file, `${file}.taken`);
      return endsForItsRecord(bench, agent);
    },
  },
  {
    id: "receiver/gone",
    severity: "medium",
    threats: ["H40"],
    sentence:
      "The receiver of the record on another computer goes away in the middle of a run, and comes back after it.",
    expects: "The command isn't held up, the lines wait, and each arrives once.",
    run: async (bench) => {
      const hook = await bench.receiver();
      const agent = await bench.start({
        rounds: 25,
        policy: `  ship: [{ to: "http://127.0.0.1:${hook.port}/in" }]\n`,
      });
      await bench.until("lines arrive", () => hook.lines().length > 2);
      await hook.down();
      const end = await agent.end(30_000);
      must(end?.code === 7, `the run ended with ${JSON.stringify(end)}`);
      await hook.up();
      const { code, output } = await bench.cordon("audit", "ship", bench.path("state"));
      must(code === 0, `what was left couldn't be delivered: ${output.slice(0, 200)}`);
      const [kept, come] = [bench.recordLines(), hook.lines()];
      must(
        kept.length === come.length && kept.every((line, index) => line === come[index]),
        `${come.length} lines arrived of ${kept.length}: ${come.find((line, index) => line !== kept[index])}`,
      );
      return `all ${kept.length} lines arrived, each once, in order and byte for byte`;
    },
  },
];
