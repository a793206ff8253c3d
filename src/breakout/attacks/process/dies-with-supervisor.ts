// Leaves a program behind that goes on writing after the run has ended.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processDiesWithSupervisor: Attack = {
  id: "process/dies-with-supervisor",
  control: "process.dies-with-supervisor",
  severity: "high",
  threats: ["H28"],
  sentence: "Leaves a program behind that goes on writing after the run has ended.",
  inside:
    '(trap "" HUP TERM; cd /; setsid sh -c "sleep 1; echo $NONCE > $WORKSPACE/late" > /dev/null 2>&1 < /dev/null &) ',
  judge: writes("workspace/late"),
  baseline: PLAIN,
  lingerMs: 2000,
};
