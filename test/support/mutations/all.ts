// Every mutation, and the controls that can't be taken out, each with the reason. The table of docs/breakout-mutations.md is made of these.
import { FILE_MUTATIONS } from "./files.js";
import { LIMIT_MUTATIONS } from "./limits.js";
import { NETWORK_MUTATIONS } from "./network.js";
import { PROCESS_MUTATIONS } from "./process.js";
import type { MutationCase } from "./types.js";

export const MUTATIONS: readonly MutationCase[] = [
  ...FILE_MUTATIONS,
  ...PROCESS_MUTATIONS,
  ...NETWORK_MUTATIONS,
  ...LIMIT_MUTATIONS,
];

/** Controls that no mutation takes out, and why. */
export const NOT_TAKEN_OUT: Readonly<Record<string, string>> = {
  "process.no-host-signals":
    "it is the PID namespace. Cordon itself speaks to everything in it by one signal (kill -1), when it pauses and ends a run: without the namespace that would go to all programs of the user. That the attacks can succeed is shown by their baselines",
  "process.dies-with-supervisor":
    "it is the PID namespace as well, whose end is the end of everything in it. That the attack can succeed is shown by its baseline, and the faults kill each of Cordon's processes",
};
