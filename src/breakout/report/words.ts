// The words in which every form of the report speaks of a status. Pure.
import type { ControlStatus, Result } from "../types.js";

export const STATUS_WORDS: Readonly<Record<ControlStatus, string>> = {
  held: "held",
  broken: "BROKEN",
  "no-baseline": "held, without a baseline",
  unsupported: "not shown",
  degraded: "degraded",
  "not-asked": "not asked for",
  "not-tried": "not tried",
};

export const STATUS_MEANS: Readonly<Record<ControlStatus, string>> = {
  held: "every attack failed inside, and at least one was shown to work without the sandbox",
  broken: "an attack succeeded",
  "no-baseline": "every attack failed inside, but none could be shown to work outside, so that proves less",
  unsupported: "no attack could be made here",
  degraded: "this host holds it only in part, and the run went on all the same",
  "not-asked": "the policy doesn't ask for it",
  "not-tried": "no attack was chosen",
};

export function resultLine({ attack, status, evidence, baseline }: Result): string {
  switch (status) {
    case "held":
      return `without the sandbox: ${baseline}`;
    case "no-baseline":
      return `no baseline: ${baseline}`;
    case "degraded":
    case "broken":
    case "unsupported":
      return `${evidence} (${attack.severity})`;
  }
}
