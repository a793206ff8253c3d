// What an exporter is: a pure function from a plan to files that another system understands, and that work without Cordon.
import type { HostFacts } from "../../host/types.js";
import type { NetworkRule, Plan } from "../../plan/types.js";

export interface ExportInput {
  /** As `handOff` made it: without what only a running Cordon gives. */
  readonly plan: Plan;
  readonly facts: HostFacts;
  /** Variables whose values come from whoever starts the result; never written into a file, for they may be keys. */
  readonly passed: readonly string[];
  /** What falls away whatever the kind, in words. */
  readonly lost: readonly string[];
  /** What the policy's list of hosts was, for kinds that have a proxy of their own. */
  readonly rules?: readonly NetworkRule[];
  /** A container image, where the kind starts one. */
  readonly image?: string;
}

export interface ExportedFile {
  /** A name without a folder. */
  readonly name: string;
  readonly executable: boolean;
  readonly content: string;
}

export interface Exported {
  readonly files: readonly ExportedFile[];
  /** What the result doesn't hold, or holds only in part, in words; on top of the main file too, where its syntax has comments. */
  readonly lost: readonly string[];
}

export interface Exporter {
  readonly kind: string;
  /** `required`: the file names the program. `accepted`: without one it takes its words when it is started. */
  readonly command: "required" | "accepted" | "unused";
  /** Whether it only makes sense for the very user who exports it, on this computer. */
  readonly ofThisUser: boolean;
  make(input: ExportInput): Exported;
}
