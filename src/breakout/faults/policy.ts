// The policy is replaced or broken while a run goes on; two runs work in one folder.
import { writeFileSync } from "node:fs";
import { pause } from "./bench.js";
import { toItsEnd } from "./supervisor.js";
import { type Fault, must } from "./types.js";

export const POLICY_FAULTS: readonly Fault[] = [
  {
    id: "policy/replaced",
    severity: "high",
    threats: ["H7"],
    sentence: "The policy's file is replaced by one that allows more, in the middle of a run.",
    expects: "The run keeps the policy that it was started with.",
    run: async (bench) => {
      const agent = await bench.start({ rounds: 25 });
      writeFileSync(agent.policyFile, "version: 1\nname: fault\nnetwork: { mode: open }\nworkspace: { protect: [] }\n");
      await pause(300);
      must(!agent.broke, "a protected name was made");
      return toItsEnd(bench, agent);
    },
  },
  {
    id: "policy/broken",
    severity: "high",
    threats: ["H7"],
    sentence: "The policy's file is broken in the middle of a run.",
    expects: "The run keeps the policy that it was started with, and no other one starts.",
    run: async (bench) => {
      const agent = await bench.start({ rounds: 25 });
      writeFileSync(agent.policyFile, "version: 1\nnetwork: [\n");
      const { code, output } = await bench.cordon(
        "run",
        "-p",
        agent.policyFile,
        "-w",
        bench.path("workspace"),
        "--",
        "true",
      );
      must(code === 125, `a run was started under a broken policy: status ${code}, ${output.slice(0, 200)}`);
      return `another run was refused; ${await toItsEnd(bench, agent)}`;
    },
  },
  {
    id: "runs/one-folder",
    severity: "high",
    threats: ["H36"],
    sentence: "Two runs work in one folder at the same time, and one of them is killed.",
    expects: "The other one goes on under its own policy; each has a record of its own that is whole.",
    run: async (bench) => {
      const [one, other] = await Promise.all([bench.start({ rounds: 40 }), bench.start()]);
      other.family();
      other.signal("SIGKILL");
      await other.end(2000);
      await bench.until("the killed run is dead", () => other.alive().length === 0, 2000);
      const end = await one.end(30_000);
      must(end?.code === 7, `the other run ended with ${JSON.stringify(end)}`);
      must(!one.broke && !other.broke, "a protected name was made");
      await bench.record(other);
      const { states } = await bench.record(one);
      must(
        states.length === 2 && states.includes("finished") && states.includes("open"),
        `the records are ${states.join(", ")}`,
      );
      return "the other run went on to its own end; both records are whole";
    },
  },
];
