// The names in a zone file: relative or absolute, with escapes, in any case or script, as the canonical names they stand for. Pure.
// It must never let a name pass that a reader of the file would take for another one than is matched.
import { domainToASCII } from "node:url";

export type ZoneName = { readonly ok: true; readonly name: string } | { readonly ok: false; readonly message: string };

const PLAIN = /^(?:\*\.)?[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;
/** An escaped dot is part of a label. No canonical name has this character, so that such a name matches nothing. */
const ESCAPED_DOT = "\u0000";

/** Whether a name ends in the dot of the root. */
export function isAbsolute(word: string): boolean {
  if (!word.endsWith(".")) return false;
  const backslashes = /\\*$/.exec(word.slice(0, -1))?.[0].length ?? 0;
  return backslashes % 2 === 0;
}

/** The full name without the root's dot; empty for the root itself. */
export function readZoneName(word: string, origin: string): ZoneName {
  if (word === "@") return { ok: true, name: origin };
  if (word === ".") return { ok: true, name: "" };
  if (word.startsWith('"')) return { ok: false, message: "a quoted string stands where a name belongs" };
  const absolute = isAbsolute(word);
  const written = absolute ? word.slice(0, -1) : word;
  const own = written.includes("\\") ? canonicalEscaped(written) : canonical(written);
  if (own === undefined) return { ok: false, message: `"${word.slice(0, 80)}" isn't a name` };
  const name = absolute || origin === "" ? own : `${own}.${origin}`;
  return name.length > 253 ? { ok: false, message: "a name is longer than 253 characters" } : { ok: true, name };
}

/** A name that no host has matches nothing, which somebody who wrote it with escapes knows. */
function canonicalEscaped(written: string): string | undefined {
  const text = written.replace(/\\(\d{3})|\\(.)/gs, (_, code: string | undefined, character: string | undefined) => {
    const one = code === undefined ? (character ?? "") : String.fromCharCode(Number(code) & 0xff);
    return one === "." ? ESCAPED_DOT : one;
  });
  const labels = text.toLowerCase().split(".");
  return labels.some((label) => label === "" || label.length > 63) ? undefined : labels.join(".");
}

function canonical(written: string): string | undefined {
  const lower = written.toLowerCase();
  if (PLAIN.test(lower) || lower === "*") return lower;
  if (!/[\u0080-\uffff]/.test(lower)) return undefined;
  // A name in its own script is meant as the name that is looked up.
  const [star, rest] = lower.startsWith("*.") ? ["*.", lower.slice(2)] : ["", lower];
  const ascii = domainToASCII(rest);
  return PLAIN.test(ascii) && !ascii.startsWith("*") ? star + ascii : undefined;
}
