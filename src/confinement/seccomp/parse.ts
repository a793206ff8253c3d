// Reads a seccomp profile file's JSON value (OCI form, with what Docker and Podman add). The file may be hostile: every
// list is bounded, every value checked, unknown keys are problems. Problems name the place: `syscalls[3].args[0].op`.

import { didYouMean, printable } from "../../core/text.js";
import { MAX_ERRNO } from "./constants.js";
import {
  OCI_ACTIONS,
  OCI_OPERATORS,
  type OciAction,
  type OciArg,
  type OciFilter,
  type OciRule,
  type OciSeccomp,
} from "./oci.js";

export type ParsedSeccomp =
  | { readonly ok: true; readonly profile: OciSeccomp }
  | { readonly ok: false; readonly problems: readonly string[] };

const LIMITS = { problems: 20, rules: 4096, names: 1024, args: 32, strings: 128, text: 256 } as const;

const PROFILE_KEYS = [
  "defaultAction",
  "defaultErrnoRet",
  "defaultErrno",
  "architectures",
  "archMap",
  "flags",
  "syscalls",
];
const RULE_KEYS = ["names", "name", "action", "errnoRet", "errno", "args", "includes", "excludes", "comment"];
const ARG_KEYS = ["index", "value", "valueTwo", "op"];
const FILTER_KEYS = ["arches", "caps", "minKernel"];
const ARCH_MAP_KEYS = ["architecture", "subArchitectures"];

type Fields = Readonly<Record<string, unknown>>;

export function parseOciSeccomp(value: unknown): ParsedSeccomp {
  const reader = new Reader();
  const profile = reader.profile(value);
  if (profile === undefined || reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, profile };
}

class Reader {
  readonly problems: string[] = [];

  profile(value: unknown): OciSeccomp | undefined {
    const fields = this.#fields(value, "", PROFILE_KEYS, ["listenerPath", "listenerMetadata"]);
    if (fields === undefined) return undefined;
    const defaultAction = this.#action(fields["defaultAction"], "defaultAction");
    const defaultErrnoRet = this.#errno(fields["defaultErrnoRet"], "defaultErrnoRet");
    const architectures = this.#strings(fields["architectures"], "architectures");
    this.#strings(fields["flags"], "flags");
    this.#errnoName(fields["defaultErrno"], "defaultErrno");
    this.#list(fields["archMap"], { at: "archMap", limit: LIMITS.strings }, (item, at) => this.#archMap(item, at));
    const syscalls = this.#list(fields["syscalls"], { at: "syscalls", limit: LIMITS.rules }, (item, at) =>
      this.#rule(item, at),
    );
    if (defaultAction === undefined) return undefined;
    return {
      defaultAction,
      ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
      ...(architectures.length === 0 ? {} : { architectures }),
      syscalls,
    };
  }

  #rule(value: unknown, at: string): OciRule | undefined {
    const fields = this.#fields(value, at, RULE_KEYS);
    if (fields === undefined) return undefined;
    // `name` is what Docker's oldest profiles have.
    const single = fields["name"] === undefined || fields["name"] === "" ? [] : [fields["name"]];
    const names = this.#strings(fields["names"] ?? single, `${at}.names`, LIMITS.names);
    if (names.length === 0) this.#problem(`${at}.names`, "must name at least one system call");
    const action = this.#action(fields["action"], `${at}.action`);
    const errnoRet = this.#errno(fields["errnoRet"], `${at}.errnoRet`);
    this.#errnoName(fields["errno"], `${at}.errno`);
    const args = this.#list(fields["args"], { at: `${at}.args`, limit: LIMITS.args }, (item, place) =>
      this.#arg(item, place),
    );
    const includes = this.#filter(fields["includes"], `${at}.includes`);
    const excludes = this.#filter(fields["excludes"], `${at}.excludes`);
    if (action === undefined) return undefined;
    return {
      names,
      action,
      ...(errnoRet === undefined ? {} : { errnoRet }),
      ...(args.length === 0 ? {} : { args }),
      ...(includes === undefined ? {} : { includes }),
      ...(excludes === undefined ? {} : { excludes }),
    };
  }

  #arg(value: unknown, at: string): OciArg | undefined {
    const fields = this.#fields(value, at, ARG_KEYS);
    if (fields === undefined) return undefined;
    const index = this.#integer(fields["index"], `${at}.index`, 5);
    const wanted = this.#integer(fields["value"], `${at}.value`, Number.MAX_SAFE_INTEGER);
    const second = fields["valueTwo"] ?? 0;
    const valueTwo = this.#integer(second, `${at}.valueTwo`, Number.MAX_SAFE_INTEGER);
    const op = this.#oneOf(fields["op"], `${at}.op`, OCI_OPERATORS);
    if (index === undefined || wanted === undefined || valueTwo === undefined || op === undefined) return undefined;
    return { index, value: wanted, valueTwo, op };
  }

  #filter(value: unknown, at: string): OciFilter | undefined {
    if (value === undefined || value === null) return undefined;
    const fields = this.#fields(value, at, FILTER_KEYS);
    if (fields === undefined) return undefined;
    const minKernel = fields["minKernel"];
    if (
      minKernel !== undefined &&
      (typeof minKernel !== "string" || !/^\d{1,3}\.\d{1,4}(\.\d{1,4})?$/.test(minKernel))
    ) {
      this.#problem(`${at}.minKernel`, 'must be a version such as "4.8"');
    }
    return {
      arches: this.#strings(fields["arches"], `${at}.arches`),
      caps: this.#strings(fields["caps"], `${at}.caps`),
      ...(typeof minKernel === "string" ? { minKernel } : {}),
    };
  }

  #archMap(value: unknown, at: string): void {
    const fields = this.#fields(value, at, ARCH_MAP_KEYS);
    if (fields === undefined) return;
    this.#strings([fields["architecture"]], `${at}.architecture`);
    this.#strings(fields["subArchitectures"], `${at}.subArchitectures`);
  }

  #action(value: unknown, at: string): OciAction | undefined {
    const action = this.#oneOf(value, at, OCI_ACTIONS);
    // A program has one listener, and it is cordon-init's.
    if (action === "SCMP_ACT_NOTIFY")
      this.#problem(at, "SCMP_ACT_NOTIFY needs a listener of its own, which a sandbox can't have");
    return action;
  }

  #oneOf<T extends string>(value: unknown, at: string, allowed: readonly T[]): T | undefined {
    const found = allowed.find((one) => one === value);
    if (found !== undefined) return found;
    const hint = typeof value === "string" ? didYouMean(value, allowed) : "";
    this.#problem(at, value === undefined ? "is missing" : `${show(value)} is none of ${allowed.join(", ")}.${hint}`);
    return undefined;
  }

  #errno(value: unknown, at: string): number | undefined {
    return value === undefined || value === null ? undefined : this.#integer(value, at, MAX_ERRNO);
  }

  /** Podman writes the name beside the number; the number counts, so the name is only looked at. */
  #errnoName(value: unknown, at: string): void {
    if (value !== undefined && value !== null) this.#strings([value], at);
  }

  #integer(value: unknown, at: string, most: number): number | undefined {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
    this.#problem(at, value === undefined ? "is missing" : `${show(value)} is not a whole number from 0 to ${most}`);
    return undefined;
  }

  #strings(value: unknown, at: string, limit: number = LIMITS.strings): string[] {
    return this.#list(value, { at, limit }, (item, place) => {
      if (typeof item === "string" && item.length <= LIMITS.text) return item;
      this.#problem(place, `${show(item)} is not a text of at most ${LIMITS.text} characters`);
      return undefined;
    });
  }

  #list<T>(
    value: unknown,
    bounds: { at: string; limit: number },
    read: (item: unknown, at: string) => T | undefined,
  ): T[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      this.#problem(bounds.at, "must be a list");
      return [];
    }
    if (value.length > bounds.limit) {
      this.#problem(bounds.at, `has ${value.length} entries; at most ${bounds.limit} are taken`);
      return [];
    }
    return value.flatMap((item: unknown, index) => {
      const result = read(item, `${bounds.at}[${index}]`);
      return result === undefined ? [] : [result];
    });
  }

  #fields(value: unknown, at: string, keys: readonly string[], refused: readonly string[] = []): Fields | undefined {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#problem(at, "must be an object");
      return undefined;
    }
    for (const key of Object.keys(value)) {
      const place = at === "" ? printable(key, 64) : `${at}.${printable(key, 64)}`;
      if (refused.includes(key))
        this.#problem(place, "is not supported: cordon-init owns the one listener of a program");
      else if (!keys.includes(key)) this.#problem(place, `is not a known key.${didYouMean(key, keys)}`);
    }
    return Object.fromEntries(Object.entries(value));
  }

  #problem(at: string, message: string): void {
    if (this.problems.length < LIMITS.problems) this.problems.push(`${at === "" ? "profile" : at}: ${message}`);
    else if (this.problems.length === LIMITS.problems) this.problems.push("… and more");
  }
}

function show(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? printable(JSON.stringify(value), 64) : typeof value;
}
