// `--set limits.memory=512M`: any key of the policy by its dotted path. Pure but for loading the YAML reader when the value
// isn't a plain word.
import { printable } from "../core/text.js";
import { bad, good, type Read } from "./atoms.js";
import type { Override } from "./layer.js";

/** Keys whose value is a list: one entry may be given without brackets. */
const LISTS: ReadonlySet<string> = new Set([
  "workspace.protect",
  "filesystem.read",
  "filesystem.write",
  "filesystem.deny",
  "network.allow",
  "network.deny",
  "network.filter.patterns",
  "network.upstreamCa",
  "network.dns.blocklists",
  "network.forward",
  "network.publish",
  "network.sockets",
  "process.env.pass",
  "audit.ship",
  "alerts",
]);

const EXPECTED = "a key and a value such as limits.memory=512M";

/** The option as a layer's entry, or the end of the sentence "--set must be …". */
export async function readAssignment(text: string): Promise<Read<Override>> {
  const equals = text.indexOf("=");
  const key = text.slice(0, Math.max(0, equals));
  const path = key.split(".");
  if (equals === -1 || path.some((part) => !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(part) || part === "__proto__")) {
    return bad(`${EXPECTED}, not "${printable(text, 60)}"`);
  }
  const first = path[0] ?? "";
  if (first === "version" || first === "extends") return bad(`a key other than ${first}, which only a file has`);
  const value = await readValue(text.slice(equals + 1));
  if (!value.ok) return bad(`${EXPECTED}; this value isn't YAML: ${value.problem}`);
  // A variable's value or the like may contain anything: what isn't a list where one belongs is one entry of it.
  const append = LISTS.has(key) && !Array.isArray(value.value);
  return good({ option: "--set", path, value: value.value, ...(append ? { append } : {}) });
}

async function readValue(text: string): Promise<Read<unknown>> {
  if (/^(?:true|false)$/.test(text)) return good(text === "true");
  if (/^[1-9]\d{0,14}$|^0$/.test(text)) return good(Number(text));
  // Nothing that YAML could take for more than a text.
  if (
    /^[A-Za-z0-9/~._-][A-Za-z0-9/~._%@+=-]*$/.test(text) &&
    !/^(?:null|~|true|false|[-+.]?[0-9._]+(?:e[-+]?\d+)?)$/i.test(text)
  )
    return good(text);
  const { readDocument } = await import("./document.js");
  const read = readDocument(new TextEncoder().encode(text), "--set");
  if (read.ok) return good(read.document.value);
  return bad(read.diagnostics[0]?.message ?? "unreadable");
}
