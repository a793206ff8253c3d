// The supervisor dies, stops, is suspended, or runs out of what it needs.
import { writeFileSync } from "node:fs";
import type { Agent } from "./agent.js";
import { type Bench, pause } from "./bench.js";
import { descriptorsOf, isInside, sendAll, virtualBytes } from "./processes.js";
import { type Fault, must } from "./types.js";

const DEATH_MS = 2000;
/** What was on its way when it happened may still arrive. */
const ON_ITS_WAY_MS = 150;

/** Everything inside is dead, nothing arrives any more, and the record is whole as far as it goes. */
export async function allIsOver(bench: Bench, agent: Agent): Promise<string> {
  const began = performance.now();
  await bench.until("everything inside is dead", () => agent.alive().length === 0, DEATH_MS);
  const tookMs = Math.round(performance.now() - began);
  await pause(ON_ITS_WAY_MS);
  const [arrivals, beats] = [agent.arrivals(), agent.beats()];
  await pause(400);
  must(agent.arrivals() === arrivals, "requests arrived after the end");
  must(agent.beats() === beats, "the command wrote after the end");
  must(!agent.broke, "a protected name was made");
  const { events } = await bench.record(agent);
  return `everything inside was dead after ${tookMs} ms; all ${events} events are in the record, which verifies`;
}

/** While the supervisor stands still nothing new gets out; afterwards the run goes on to its end as if nothing had been. */
async function stillThenOn(bench: Bench, agent: Agent, stop: () => void, go: () => void): Promise<string> {
  stop();
  await pause(ON_ITS_WAY_MS);
  const before = agent.arrivals();
  await pause(1200);
  must(agent.arrivals() === before, "requests got out while the supervisor stood still");
  must(!agent.broke, "a protected name was made meanwhile");
  go();
  await bench.until("requests arrive again", () => agent.arrivals() > before);
  return toItsEnd(bench, agent);
}

/** The command's own status and a signed end. */
export async function toItsEnd(bench: Bench, agent: Agent): Promise<string> {
  const end = await agent.end(30_000);
  must(
    end?.code === 7,
    `the run ended with ${JSON.stringify(end)} instead of the command's own status: ${agent.errors().slice(0, 300)}`,
  );
  must(!agent.broke, "a protected name was made");
  const { events, states, types } = await bench.record(agent);
  must(
    states.every((state) => state === "finished"),
    `the record is ${states.join(", ")}`,
  );
  must(types.at(-1) === "run.exited", "the end isn't recorded");
  return `the run went on to its own end; all ${events} events are in the record, which has a signed end`;
}

/** Either it goes on or everything ends, within a time. */
async function onOrOver(bench: Bench, agent: Agent): Promise<string> {
  await pause(1500);
  if (agent.ended !== undefined) return allIsOver(bench, agent);
  must(!agent.broke, "a protected name was made");
  agent.signal("SIGKILL");
  await agent.end(DEATH_MS);
  return `it went on; then killed: ${await allIsOver(bench, agent)}`;
}

export const SUPERVISOR_FAULTS: readonly Fault[] = [
  {
    id: "supervisor/killed",
    severity: "critical",
    threats: ["H28", "H40"],
    sentence: "Cordon is killed (kill -9) while the command works.",
    expects: "Everything inside dies, the network is closed, the record is whole.",
    run: async (bench) => {
      const agent = await bench.start();
      agent.family();
      agent.signal("SIGKILL");
      await agent.end(DEATH_MS);
      return allIsOver(bench, agent);
    },
  },
  {
    id: "supervisor/signalled",
    severity: "critical",
    threats: ["H39"],
    sentence: "The command itself stops, kills and continues Cordon and its helpers, by their numbers.",
    expects: "Nothing outside is stopped or killed, and the run goes on to its own end.",
    run: async (bench) => {
      const agent = await bench.start({ rounds: 40 });
      const numbers = agent.family().flatMap(({ pid }) => (isInside(pid) ? [] : [pid]));
      must(numbers.length > 1, "Cordon's processes weren't found");
      // A number that is somebody's inside as well isn't tried: that one would be hit.
      const one = "[ -d /proc/$n ] || kill -$s $n";
      const script = `for s in STOP KILL CONT TERM; do for n in ${numbers.join(" ")}; do ${one}; done; done 2> /dev/null\n`;
      writeFileSync(bench.path("workspace/signals"), script);
      return toItsEnd(bench, agent);
    },
  },
  {
    id: "supervisor/stopped",
    severity: "critical",
    threats: ["H28"],
    sentence:
      "Cordon is stopped (SIGSTOP), and with it the proxy, the name service and the writer of the record; then it goes on.",
    expects: "Nothing gets out meanwhile, protected names hold, and afterwards no event is missing.",
    run: async (bench) => {
      const agent = await bench.start({ rounds: 40 });
      return stillThenOn(
        bench,
        agent,
        () => agent.signal("SIGSTOP"),
        () => agent.signal("SIGCONT"),
      );
    },
  },
  {
    id: "supervisor/suspended",
    severity: "medium",
    threats: ["H28"],
    sentence: "Everything is suspended (SIGSTOP to Cordon and all below it), as when a laptop sleeps; then it goes on.",
    expects: "The run goes on where it was, and no event is missing.",
    run: async (bench) => {
      const agent = await bench.start({ rounds: 40 });
      // So that nobody sees who is below it stand still, and takes it for job control.
      const stop = () => sendAll(agent.alive(), "SIGSTOP");
      return stillThenOn(bench, agent, stop, () => sendAll([...agent.alive()].reverse(), "SIGCONT"));
    },
  },
  {
    id: "supervisor/blocked",
    severity: "high",
    threats: ["H28"],
    sentence: "Cordon is busy with itself for a second and a half: its event loop stands still.",
    expects: "Nothing gets out meanwhile, and afterwards no event is missing.",
    run: async (bench) => {
      const agent = await bench.start({ rounds: 40, inside: "blocked" });
      return stillThenOn(
        bench,
        agent,
        () => bench.trigger(),
        () => undefined,
      );
    },
  },
  {
    id: "supervisor/exception",
    severity: "high",
    threats: ["H28"],
    sentence: "Cordon fails: an exception that nobody handles.",
    expects: "Everything inside dies, the network is closed, the record is whole.",
    run: async (bench) => {
      const agent = await bench.start({ inside: "exception" });
      agent.family();
      bench.trigger();
      const end = await agent.end(5000);
      must(end !== undefined && end.code !== 0, "Cordon went on after an exception");
      return allIsOver(bench, agent);
    },
  },
  {
    id: "supervisor/descriptors",
    severity: "high",
    threats: ["H40"],
    sentence: "Cordon can open no more files and take no more connections.",
    expects: "Nothing gets out past it; it goes on or everything ends, and the record is whole.",
    run: async (bench) => {
      const agent = await bench.start();
      agent.family();
      await bench.limit(agent.pid, "descriptors", descriptorsOf(agent.pid));
      return onOrOver(bench, agent);
    },
  },
  {
    id: "supervisor/memory",
    severity: "high",
    threats: ["H40"],
    sentence: "Cordon gets no more memory.",
    expects: "It goes on or everything ends, and the record is whole.",
    run: async (bench) => {
      const agent = await bench.start();
      agent.family();
      await bench.limit(agent.pid, "memory", virtualBytes(agent.pid));
      return onOrOver(bench, agent);
    },
  },
];
