// The readable texts of denials: what was refused, by what, and what an agent should ask its user for. Printable ASCII of bounded
// length, whatever the bytes from inside were; never a header's value, a query or a secret. Pure.
import type { NetworkDeny, NetworkRule } from "../../plan/types.js";
import type { Denied, DenyCode, Target } from "../types.js";

const MAX_HOST = 100;
const MAX_PATH = 120;
const MAX_PLACE = 200;
const MAX_LIST = 100;
const MAX_REASON = 600;

/** Text from anywhere as printable ASCII on one line, quotes and backslashes escaped as well, cut after `maxLength` characters. */
export function escaped(text: string, maxLength: number): string {
  let shown = "";
  for (const character of text.slice(0, maxLength)) {
    const part = escapedCharacter(character);
    if (shown.length + part.length > maxLength) return `${shown}...`;
    shown += part;
  }
  return text.length > maxLength ? `${shown}...` : shown;
}

function escapedCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return character === '"' || character === "\\" ? `\\${character}` : character;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** `api.example.com:443`, `[2001:db8::1]:443`. */
export function shownTarget({ host, port }: Target): string {
  return `${shownHost(host)}:${port}`;
}

function shownHost(host: string): string {
  return host.includes(":") ? `[${escaped(host, MAX_HOST)}]` : escaped(host, MAX_HOST);
}

/** What would have to be written: the port only where it isn't one of the web's. */
function entryFor({ host, port }: Target): string {
  return port === 80 || port === 443 ? shownHost(host) : `${shownHost(host)}:${port}`;
}

function fileText(policyFile: string | undefined): string {
  return policyFile === undefined ? "the policy" : escaped(policyFile, MAX_PLACE);
}

interface Setting {
  readonly origin: string;
  readonly place: string;
}

function denied(code: DenyCode, reason: string, setting?: Setting): Denied {
  // Every piece is escaped where it is put in; this holds even if one was forgotten.
  const safe = reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON - 3)}...` : reason;
  const ascii = safe.replace(/[^\x20-\x7e]/g, "?");
  if (setting === undefined) return { allowed: false, code, reason: ascii };
  return { allowed: false, code, reason: ascii, origin: setting.origin, place: setting.place };
}

function at({ origin, place }: Setting): string {
  return `${origin} (${escaped(place, MAX_PLACE)})`;
}

/** The network is off. */
export function networkOff(target: Target, policyFile?: string): Denied {
  const file = fileText(policyFile);
  const entry = entryFor(target);
  const reason = `${shownTarget(target)} isn't allowed: this sandbox has no network; ask your user to add "${entry}" to network.allow in ${file}`;
  return { ...denied("no-rule", reason), origin: "network.mode" };
}

export function noRule(target: Target, policyFile?: string): Denied {
  const advice = `ask your user to add "${entryFor(target)}" to network.allow in ${fileText(policyFile)}`;
  return denied("no-rule", `${shownTarget(target)} isn't allowed by the policy; ${advice}`);
}

export function noRuleForName(host: string, policyFile?: string): Denied {
  const advice = `ask your user to add "${shownHost(host)}" to network.allow in ${fileText(policyFile)}`;
  return denied("no-rule", `${shownHost(host)} isn't allowed by the policy; ${advice}`);
}

export function wrongPort(target: Target, rule: NetworkRule, policyFile?: string): Denied {
  const ports = rule.ports.length === 0 ? "no port" : `port ${escaped(rule.ports.join(", "), MAX_LIST)}`;
  const advice = `ask your user to add "${shownHost(target.host)}:${target.port}" to network.allow in ${fileText(policyFile)}`;
  return denied(
    "port",
    `port ${target.port} of ${shownHost(target.host)} isn't allowed: ${at(rule)} allows ${ports}; ${advice}`,
    rule,
  );
}

export function deniedByRule(what: string, deny: NetworkDeny): Denied {
  const reason = `${what} is denied by ${at(deny)}, which beats network.allow; ask your user to change that line if it is needed`;
  return denied("denied-by-rule", reason, deny);
}

export function deniedTarget(target: Target, deny: NetworkDeny): Denied {
  return deniedByRule(shownTarget(target), deny);
}

export function deniedName(host: string, deny: NetworkDeny): Denied {
  return deniedByRule(shownHost(host), deny);
}

export function wrongMethod(target: Target, method: string, rule: NetworkRule): Denied {
  const list = escaped((rule.methods ?? []).join(", "), MAX_LIST);
  const advice = `ask your user to add "${escaped(method, 32)}" to its methods`;
  const reason = `${escaped(method, 32)} to ${shownTarget(target)} isn't allowed: ${at(rule)} allows ${list || "no method"}; ${advice}`;
  return denied("method", reason, rule);
}

export function overriddenMethod(target: Target, rule: NetworkRule): Denied {
  const reason = `a header that asks for another method isn't allowed in requests to ${shownTarget(target)}, since ${at(rule)} judges methods; send the method itself`;
  return denied("method", reason, rule);
}

export function overriddenPath(target: Target, rule: NetworkRule): Denied {
  const reason = `a header that asks for another path isn't allowed in requests to ${shownTarget(target)}, since ${at(rule)} judges paths; ask for the path itself`;
  return denied("path", reason, rule);
}

export function wrongPath(target: Target, path: string, rule: NetworkRule): Denied {
  const list = escaped((rule.paths ?? []).join(", "), MAX_LIST);
  const shown = escaped(path, MAX_PATH);
  const reason = `the path ${shown} of ${shownTarget(target)} isn't allowed: ${at(rule)} allows ${list || "no path"}; ask your user to add it to its paths`;
  return denied("path", reason, rule);
}

export function ambiguousPath(target: Target, why: string, rule?: NetworkRule): Denied {
  const by = rule === undefined ? "" : ` (judged by ${at(rule)})`;
  const reason = `the path asked of ${shownTarget(target)}${by} could be read in two ways: it has ${why}; send it in its plain form`;
  return denied("ambiguous", reason, rule);
}

export function wrongRepository(target: Target, what: string, rule: NetworkRule): Denied {
  const { repository = "?", access = "read" } = rule.github ?? {};
  const reason = `${what} isn't allowed at ${shownTarget(target)}: ${at(rule)} allows the repository ${escaped(repository, 150)} with access ${access} only`;
  return denied("repository", reason, rule);
}

export function malformedTarget(host: string): Denied {
  const reason = `"${escaped(host, MAX_HOST)}" isn't a host name or address in its plain form, so it is never looked up; write it as in api.example.com`;
  return denied("malformed", reason);
}

export function malformedRequest(target: Target, what: string): Denied {
  return denied("malformed", `a request to ${shownTarget(target)} was refused: ${what}`);
}

const NAMED_IN = {
  host: "the Host header",
  authority: "the :authority",
  absolute: "the address of the request",
  sni: "the TLS server name",
} as const;

export function malformedName(target: Target, claimed: string, where: keyof typeof NAMED_IN): Denied {
  const reason = `${NAMED_IN[where]} "${escaped(claimed, MAX_HOST)}" of a connection to ${shownTarget(target)} isn't a host in its plain form`;
  return denied("malformed", reason);
}

export function nameMismatch(target: Target, claimed: string, where: keyof typeof NAMED_IN): Denied {
  const reason = `${NAMED_IN[where]} "${escaped(claimed, MAX_HOST)}" differs from ${shownTarget(target)}, which the connection was allowed for; ask for one name everywhere`;
  return denied("name-mismatch", reason);
}

export function internalError(): Denied {
  return denied(
    "internal",
    "Cordon failed while it judged this, so it is refused; this is a bug of Cordon, please report it",
  );
}

/** A limit of the run or of a rule was reached. */
export function exceeded(
  code: "rate" | "quota" | "connections",
  { limit, value }: { readonly limit: string; readonly value: number },
  rule?: NetworkRule,
): Denied {
  const what = { rate: "too many requests in its span", quota: "too many bytes", connections: "too many connections" };
  const next =
    code === "quota"
      ? "ask your user to raise it if more is needed"
      : "wait, or ask your user to raise it if more is needed";
  const reason = `${what[code]}: ${limit} allows ${value}${rule === undefined ? "" : ` (${escaped(rule.place, MAX_PLACE)})`}; ${next}`;
  return { ...denied(code, reason, rule), origin: limit };
}

/** Towards a host of a secret, without TLS. */
export function plainToSecret(target: Target): Denied {
  const reason = `plain HTTP to ${shownTarget(target)} isn't allowed, since a secret of the policy is for this host; use https`;
  return denied("not-tls", reason);
}
