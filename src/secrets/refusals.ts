// What is said when a secret can't be had, or isn't put into a request: always with its name and the line that it comes from.
import { CordonError } from "../core/error.js";
import type { PlannedSecret } from "../plan/secret.js";
import type { LeaseState } from "./lease.js";
import type { Withheld } from "./types.js";

export function refused({ name, place }: PlannedSecret, problem: string): CordonError {
  return new CordonError("secret-unavailable", `the secret ${name} can't be had: ${problem}`, {
    place,
    hint: "put it there, or write optional: true to go on without it",
  });
}

export const STATES: Readonly<Partial<Record<LeaseState, string>>> = {
  ended: "its lease has ended; ask your user to start the run again or to give it a longer ttl",
  revoked: "it was revoked",
  unavailable: "its source gives nothing any more; ask your user",
};

export function withheld({ name, origin, place }: PlannedSecret, why: string): Withheld {
  return {
    allowed: false,
    code: "secret",
    reason: `the secret ${name} isn't put into this request: ${why}`,
    origin,
    place,
  };
}
