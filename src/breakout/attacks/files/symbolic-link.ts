// Makes a symbolic link in the workspace that leads out of it, and reads through it.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesSymbolicLink: Attack = {
  id: "files/symbolic-link",
  control: "files.named-only",
  severity: "high",
  threats: ["H37"],
  sentence: "Makes a symbolic link in the workspace that leads out of it, and reads through it.",
  inside: 'ln -s "$NEIGHBOUR" way; ln -s "$STAGE" stage; cat way stage/neighbour/secret',
  judge: shows("neighbour"),
  baseline: PLAIN,
};
