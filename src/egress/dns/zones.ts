// Blocklists: response policy zones (RPZ) as files of the host. What they list is never answered nor reached; what they let through is
// only let through by the lists, never by the policy. Pure.
// SECURITY(T30): a file that isn't understood whole is refused with its line: a list must never be silently shorter than it looks.
import { printable } from "../../core/text.js";
import type { Diagnostic } from "../../policy/types.js";
import { type ZoneLine, zoneLines } from "./zone-lines.js";
import { isAbsolute, readZoneName } from "./zone-names.js";

const ACTIONS = ["nxdomain", "nodata", "drop", "local-data", "tcp-only", "passthru"] as const;
export type ZoneAction = (typeof ACTIONS)[number];

export interface Zone {
  readonly file: string;
  /** Line and action in one number for each trigger, so that a million of them stay small. */
  readonly exact: ReadonlyMap<string, number>;
  /** By the name behind the star. */
  readonly wild: ReadonlyMap<string, number>;
}

export type ZoneResult =
  | { readonly ok: true; readonly zone: Zone }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

const MAX_PROBLEMS = 20;
const TTL = /^\d+$|^(?:\d+[smhdw])+$/i;
const CLASSES = ["IN", "CH", "HS", "CS"];
const KNOWN_TYPES =
  /^(?:A|AAAA|AFSDB|APL|CAA|CERT|DNAME|DHCID|EUI48|EUI64|HINFO|HTTPS|LOC|MX|NAPTR|NS|OPENPGPKEY|PTR|RP|SMIMEA|SOA|SPF|SRV|SSHFP|SVCB|TLSA|TXT|URI|TYPE\d{1,5})$/;
/** Bookkeeping of signed zones, which stands beside every record and says nothing about it. */
const SIGNATURES = /^(?:RRSIG|NSEC|NSEC3|NSEC3PARAM|DNSKEY|DS|CDS|CDNSKEY|ZONEMD)$/;
const TARGETS: Readonly<Record<string, ZoneAction>> = {
  ".": "nxdomain",
  "*.": "nodata",
  "rpz-passthru.": "passthru",
  "rpz-drop.": "drop",
  "rpz-tcp-only.": "tcp-only",
};

export function parseZone(text: string, file: string): ZoneResult {
  const reader = new ZoneReader(file);
  for (const line of zoneLines(text)) {
    if (line.kind === "fault") reader.problem(line.line, line.message);
    else reader.read(line);
    if (reader.diagnostics.length >= MAX_PROBLEMS) break;
  }
  const { diagnostics, exact, wild } = reader;
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, zone: { file, exact, wild } };
}

class ZoneReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly exact = new Map<string, number>();
  readonly wild = new Map<string, number>();
  readonly #file: string;
  /** Without the root's dot. While nobody named the zone, its names are relative to nothing. */
  #origin = "";
  #originKnown = false;
  #apex: string | undefined;
  #owner: string | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  problem(line: number, message: string): void {
    const place = { file: this.#file, line, column: 1 };
    this.diagnostics.push({ severity: "error", place, code: "blocklist", message: printable(message, 300) });
  }

  read(line: ZoneLine): void {
    const message = line.words[0]?.startsWith("$") ? this.#directive(line) : this.#record(line);
    if (message !== undefined) this.problem(line.line, message);
  }

  #directive({ words }: ZoneLine): string | undefined {
    const [word = "", value = ""] = words;
    const directive = word.toUpperCase();
    if (directive === "$TTL" && words.length === 2 && TTL.test(value)) return undefined;
    if (directive !== "$ORIGIN" || words.length !== 2) return `${word} isn't understood here`;
    const origin = readZoneName(value, this.#origin);
    if (!origin.ok) return origin.message;
    this.#origin = origin.name;
    this.#originKnown ||= isAbsolute(value);
    return undefined;
  }

  #record({ words, indented, line }: ZoneLine): string | undefined {
    const rest = indented ? [...words] : words.slice(1);
    // The time to live and the class come in either order, or not at all.
    for (let index = 0; index < 2; index++) {
      const [word = ""] = rest;
      if (CLASSES.includes(word.toUpperCase()) && word.toUpperCase() !== "IN") return `class ${word} isn't IN`;
      if (word.toUpperCase() === "IN" || TTL.test(word)) rest.shift();
    }
    const type = rest.shift()?.toUpperCase() ?? "";
    if (SIGNATURES.test(type)) return undefined;
    if (type !== "CNAME" && !KNOWN_TYPES.test(type))
      return `"${type.slice(0, 40)}" isn't a record type (a blocklist is an RPZ zone file, with lines such as "ads.example CNAME .")`;
    const owner = indented ? this.#owner : this.#readOwner(words[0] ?? "", type);
    if (owner === undefined) return "the first record has no owner";
    if (typeof owner === "object") return owner.message;
    this.#owner = owner;
    return type === "SOA" ? this.#start(owner) : this.#policy({ owner, type, data: rest, line });
  }

  #readOwner(word: string, type: string): string | { readonly message: string } {
    const read = readZoneName(word, this.#origin);
    if (!read.ok) return read;
    if (isAbsolute(word) && !this.#originKnown) {
      if (type !== "SOA") return { message: "a name that ends in a dot needs an $ORIGIN before it, to know the zone" };
      this.#origin = read.name;
      this.#originKnown = true;
    }
    return read.name;
  }

  #start(owner: string): string | undefined {
    if (this.#apex !== undefined && this.#apex !== owner) return "a second SOA record names another zone";
    this.#apex = owner;
    return undefined;
  }

  #policy(record: { owner: string; type: string; data: readonly string[]; line: number }): string | undefined {
    const { owner, type, data, line } = record;
    this.#apex ??= this.#origin;
    const trigger = below(owner, this.#apex);
    if (trigger === undefined) return `the name is outside of the zone "${this.#apex}"`;
    if (trigger === "") return type === "CNAME" ? "the zone itself can't be a CNAME" : undefined;
    const special = /(?:^|\.)(rpz-[a-z-]+)$/.exec(trigger)?.[1];
    if (special !== undefined) return `${special} triggers can't be enforced: only names can be blocked`;
    if (type === "NS" || type === "DNAME") return `a ${type} record isn't an action`;
    const action = type === "CNAME" ? this.#action(data, trigger) : "local-data";
    return typeof action === "object" ? action.message : this.#add(trigger, action, line);
  }

  #action(data: readonly string[], trigger: string): ZoneAction | { readonly message: string } {
    const target = data[0]?.toLowerCase();
    if (target === undefined || data.length !== 1) return { message: "a CNAME record has exactly one target" };
    const action = Object.hasOwn(TARGETS, target) ? TARGETS[target] : undefined;
    if (action !== undefined) return action;
    if (/^rpz-[a-z-]*\.?$/.test(target)) return { message: `${target} isn't an action (is there a dot at its end?)` };
    // How the first zones of this kind wrote "let it through".
    if (target === `${trigger}.`) return "passthru";
    const read = readZoneName(target, this.#origin);
    return read.ok ? "local-data" : read;
  }

  #add(trigger: string, action: ZoneAction, line: number): string | undefined {
    const [map, key] = trigger.startsWith("*")
      ? [this.wild, trigger === "*" ? "" : trigger.slice(2)]
      : [this.exact, trigger];
    const known = map.get(key);
    const code = ACTIONS.indexOf(action);
    if (known === undefined) map.set(key, line * ACTIONS.length + code);
    else if (known % ACTIONS.length !== code)
      return `line ${Math.floor(known / ACTIONS.length)} says something else about the same name`;
    return undefined;
  }
}

/** A name as it is relative to its zone; undefined when it is outside of it. */
function below(name: string, apex: string): string | undefined {
  if (apex === "") return name;
  if (name === apex) return "";
  return name.endsWith(`.${apex}`) ? name.slice(0, -apex.length - 1) : undefined;
}

/** What a list says about a name, and where. */
export interface BlockMatch {
  readonly action: Exclude<ZoneAction, "passthru">;
  /** `file:line`. */
  readonly place: string;
  /** As the list has it: `*.example.com`. */
  readonly trigger: string;
}

export type BlocklistsResult =
  | { readonly ok: true; readonly blocklists: Blocklists }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** All lists of a policy in their order: the first that says anything about a name decides, as RPZ has it. */
export class Blocklists {
  readonly #zones: readonly Zone[];

  constructor(zones: readonly Zone[] = []) {
    this.#zones = zones;
  }

  static parse(texts: readonly { readonly file: string; readonly text: string }[]): BlocklistsResult {
    const results = texts.map(({ file, text }) => parseZone(text, file));
    const diagnostics = results.flatMap((result) => (result.ok ? [] : result.diagnostics));
    if (diagnostics.length > 0) return { ok: false, diagnostics };
    return { ok: true, blocklists: new Blocklists(results.flatMap((result) => (result.ok ? [result.zone] : []))) };
  }

  /** What the lists say about a canonical name; undefined when nothing, or when it is let through. */
  match(host: string): BlockMatch | undefined {
    for (const zone of this.#zones) {
      const found = findIn(zone, host);
      if (found === undefined) continue;
      const action = ACTIONS[found.value % ACTIONS.length];
      if (action === "passthru" || action === undefined) return undefined;
      return { action, place: `${zone.file}:${Math.floor(found.value / ACTIONS.length)}`, trigger: found.trigger };
    }
    return undefined;
  }
}

/** The name itself, or else the longest wildcard that covers it. */
function findIn(zone: Zone, host: string): { readonly value: number; readonly trigger: string } | undefined {
  const exact = zone.exact.get(host);
  if (exact !== undefined) return { value: exact, trigger: host };
  if (zone.wild.size === 0) return undefined;
  for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) {
    const parent = host.slice(dot + 1);
    const value = zone.wild.get(parent);
    if (value !== undefined) return { value, trigger: `*.${parent}` };
  }
  const all = zone.wild.get("");
  return all === undefined ? undefined : { value: all, trigger: "*" };
}
