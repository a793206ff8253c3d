// The refusal of a value that a syntax can't carry: better no file than one that means something else.
import { CordonError } from "../../../core/error.js";
import { printable } from "../../../core/text.js";

export function refuse(value: string, what: string, why: string): never {
  throw new CordonError("export-refused", `"${printable(value, 200)}" can't be written as ${what}: ${why}`, {
    hint: "choose another path or value in the policy, or another kind of export",
  });
}

const CONTROL = /[\u0000-\u001f\u007f]/;

/** For syntaxes without any escape for them. */
export function withoutControls(value: string, what: string): string {
  return CONTROL.test(value) ? refuse(value, what, "it holds a line end or another control character") : value;
}
