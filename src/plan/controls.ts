// Every promise that Cordon makes, once: its id, what it means in plain words, which attacks of THREATS it answers, the test that
// proves it, and when a policy asks for it. A control that is asked for and that no clause enforces is a refusal to start.
import type { Settings } from "../policy/types.js";
import { FILE_CONTROLS } from "./controls/files.js";
import { LIMIT_CONTROLS } from "./controls/limits.js";
import { NETWORK_CONTROLS } from "./controls/network.js";
import { PROCESS_CONTROLS } from "./controls/process.js";
import { SECRET_CONTROLS } from "./controls/secrets.js";

export interface Control {
  readonly id: string;
  readonly title: string;
  /** For a person: what the command can't do, or can only do so far. */
  readonly sentence: string;
  /** Numbers of THREATS (`T…`) and of the hardening list that it answers. */
  readonly threats: readonly string[];
  /** Name of the test that attacks it. */
  readonly attack: string;
  asked(settings: Settings): boolean;
}

export const CONTROLS: readonly Control[] = [
  ...FILE_CONTROLS,
  ...PROCESS_CONTROLS,
  ...NETWORK_CONTROLS,
  ...SECRET_CONTROLS,
  ...LIMIT_CONTROLS,
];

export function controlOf(id: string): Control | undefined {
  return CONTROLS.find((control) => control.id === id);
}

/** Ids of the controls that a policy asks for, in the table's order. */
export function askedControls(settings: Settings): readonly string[] {
  return CONTROLS.filter((control) => control.asked(settings)).map((control) => control.id);
}
