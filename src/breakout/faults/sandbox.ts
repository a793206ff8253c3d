// The processes of the sandbox itself die or stop: cordon-init outside, its guard, its first process inside, the carrier of connections.
import type { Agent } from "./agent.js";
import { type Bench, pause } from "./bench.js";
import { isInside, type ProcessSeen } from "./processes.js";
import { allIsOver } from "./supervisor.js";
import { type Fault, must, NotShown } from "./types.js";

function initsOf(agent: Agent): readonly ProcessSeen[] {
  return agent.family().filter(({ command }) => command.startsWith("cordon-init"));
}

/** Its child in the namespaces of the host, with children of its own. */
function outerOf(agent: Agent): ProcessSeen {
  const first = firstOf(agent);
  return one(initsOf(agent).find(({ pid }) => pid === first.parent));
}

function firstOf(agent: Agent): ProcessSeen {
  return one(initsOf(agent).find(({ pid, parent }) => isInside(pid) && !isInside(parent)));
}

function guardOf(agent: Agent): ProcessSeen {
  const outer = outerOf(agent);
  return one(initsOf(agent).find(({ pid, parent }) => parent === outer.pid && !isInside(pid)));
}

function one(found: ProcessSeen | undefined): ProcessSeen {
  if (found === undefined) throw new NotShown("there is no such process");
  return found;
}

async function killing(bench: Bench, find: (agent: Agent) => ProcessSeen): Promise<string> {
  const agent = await bench.start();
  process.kill(find(agent).pid, "SIGKILL");
  const end = await agent.end(5000);
  must(end !== undefined, "the run went on");
  must(end?.code !== 0 && end?.code !== 7, "the run ended as if nothing had been");
  return allIsOver(bench, agent);
}

const EXPECTS = "The run ends, everything inside dies, the record is whole.";

export const SANDBOX_FAULTS: readonly Fault[] = [
  {
    id: "sandbox/outer-killed",
    severity: "critical",
    threats: ["H28", "H40"],
    sentence: "The process of cordon-init that watches over the sandbox from outside is killed.",
    expects: EXPECTS,
    run: (bench) => killing(bench, outerOf),
  },
  {
    id: "sandbox/first-killed",
    severity: "high",
    threats: ["H40"],
    sentence: "The sandbox's first process is killed.",
    expects: EXPECTS,
    run: (bench) => killing(bench, firstOf),
  },
  {
    id: "sandbox/guard-killed",
    severity: "critical",
    threats: ["H1", "H2"],
    sentence: "The guard, which makes the command's changes of files and its connections, is killed.",
    expects: "No change is made without it: the run ends, everything inside dies, the record is whole.",
    run: (bench) => killing(bench, guardOf),
  },
  {
    id: "sandbox/guard-stopped",
    severity: "critical",
    threats: ["H1", "H2"],
    sentence: "The guard is stopped (SIGSTOP).",
    expects: "Nothing is changed and nothing connected meanwhile; then the run goes on.",
    run: async (bench) => {
      const agent = await bench.start();
      const guard = guardOf(agent);
      process.kill(guard.pid, "SIGSTOP");
      await pause(200);
      const [beats, arrivals] = [agent.beats(), agent.arrivals()];
      await pause(800);
      must(
        agent.beats() === beats && agent.arrivals() === arrivals,
        "the command changed files or connected without the guard",
      );
      must(!agent.broke, "a protected name was made");
      process.kill(guard.pid, "SIGCONT");
      await bench.until("the command works again", () => agent.beats() > beats);
      agent.signal("SIGKILL");
      await agent.end(2000);
      return `nothing was changed for 0.8 s, then it went on; at last killed: ${await allIsOver(bench, agent)}`;
    },
  },
];
