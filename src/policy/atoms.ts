// The small values people write as text: sizes, durations, rates, ports, names. Each reader gives the value or says what is
// wrong in words that follow "must be". Pure; the schema, the flags and the settings all use these same readers.
import { parseCpuShare, parseDurationMs, parseRate, parseSize } from "../core/units.js";
import type { RateSetting } from "./types.js";

/** A value that was read, or the end of a sentence: `KEY must be PROBLEM`. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

export type Reader<T> = (text: string) => Read<T>;

export function good<T>(value: T): Read<T> {
  return { ok: true, value };
}

export function bad(problem: string): Read<never> {
  return { ok: false, problem };
}

/** The value of a reader whose text was validated before; anything else is a bug of ours. */
export function expectRead<T>(read: Read<T>): T {
  if (!read.ok) throw new TypeError(`validated text can't be read: must be ${read.problem}`);
  return read.value;
}

function fromUnits<T>(parse: (text: string) => T | undefined, expected: string): Reader<T> {
  return (text) => {
    const value = parse(text);
    return value === undefined ? bad(expected) : good(value);
  };
}

export const readSize: Reader<number> = fromUnits((text) => {
  const bytes = parseSize(text);
  return bytes !== undefined && bytes > 0 ? bytes : undefined;
}, "a size such as 512M");

export const readDuration: Reader<number> = fromUnits((text) => {
  const duration = parseDurationMs(text);
  return duration !== undefined && duration > 0 ? duration : undefined;
}, "a duration such as 90s or 1h");

export const readRate: Reader<RateSetting> = fromUnits(parseRate, "a rate such as 60/m");

export const readCpu: Reader<number> = fromUnits(parseCpuShare, "a share of processor time such as 200%");

export const readDisplaySize: Reader<{ readonly width: number; readonly height: number }> = (text) => {
  const match = /^([1-9]\d{1,4})x([1-9]\d{1,4})$/.exec(text);
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || width > 16_384 || height > 16_384) return bad("a display size such as 1280x800");
  return good({ width, height });
};

/** A port as text: decimal, without sign or leading zero, 1 to 65535. */
export function portOf(text: string): number | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}

/** `3000`, or `8080:80` for port 80 of the sandbox at port 8080 of the host. */
export const readPublish: Reader<{ readonly hostPort: number; readonly port: number }> = (text) => {
  const [first, second, ...rest] = text.split(":").map(portOf);
  if (first === undefined || rest.length > 0 || (text.includes(":") && second === undefined)) {
    return bad('a port such as "3000", or "8080:80" for port 80 of the sandbox at port 8080 of the host');
  }
  return good({ hostPort: first, port: second ?? first });
};

/** The name of a policy: it names a folder of the user's state, so it is one safe path component. */
export const readName: Reader<string> = (text) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)
    ? good(text)
    : bad("a name of letters, digits, dots, dashes and underscores, 64 at most, beginning with a letter or digit");

export const readSecretName: Reader<string> = (text) =>
  /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(text) ? good(text) : bad("a name of letters, digits, dashes and underscores");

export const readVariableName: Reader<string> = (text) =>
  /^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(text) ? good(text) : bad("the name of an environment variable such as TERM");

/** A variable's name, or a beginning with a star for all that begin so: `LC_*`. */
export const readVariablePattern: Reader<string> = (text) =>
  /^[A-Za-z_][A-Za-z0-9_]{0,254}\*?$/.test(text)
    ? good(text)
    : bad("the name of an environment variable such as TERM, or the beginning of several such as LC_*");

/** A variable's value: anything an environment can hold. */
export const readVariableValue: Reader<string> = (text) =>
  text.includes("\0") || text.length > 131_072 ? bad("a text without NUL characters, 128 KiB at most") : good(text);

/** A path is judged for real once its base folder is known (see paths.ts). */
export const readPathText: Reader<string> = (text) => (text === "" ? bad("a path") : good(text));

/** A file of /etc in a folder of its own: `codex/config.toml`. What lies in /etc itself is the system's. */
export const readEtcPath: Reader<string> = (text) =>
  /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}\/){1,4}[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(text)
    ? good(text)
    : bad("a path below /etc with a folder of its own, such as example/settings.json");

const SECRET_SOURCES = ["env", "file", "store", "keyring", "credential", "command"];

/** Where a secret comes from: `env:NAME`, `file:PATH`, `store:NAME`, `keyring:NAME`, `credential:NAME`, `command:PROGRAM`. */
export const readSecretSource: Reader<string> = (text) => {
  const kind = text.slice(0, Math.max(0, text.indexOf(":")));
  const rest = text.slice(kind.length + 1);
  if (!SECRET_SOURCES.includes(kind) || rest === "" || /[\0\r\n]/.test(rest)) {
    return bad("a source such as env:NAME, file:PATH, store:NAME, keyring:NAME, credential:NAME or command:PROGRAM");
  }
  if (kind === "env" && !readVariableName(rest).ok) return bad("a source whose part after env: is a variable's name");
  return good(text);
};

export const readDigest: Reader<string> = (text) =>
  /^sha256:[0-9a-f]{64}$/.test(text) ? good(text) : bad("a digest: sha256: and 64 hexadecimal digits");

export const readImageRef: Reader<string> = (text) =>
  /^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}$/.test(text) ? good(text) : bad("an image's name such as localhost/agent:1");

export const readRepository: Reader<string> = (text) =>
  /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/.test(text)
    ? good(text)
    : bad("a repository such as owner/name");

export const readMethod: Reader<string> = (text) =>
  /^[A-Z][A-Z-]{0,31}$/.test(text) ? good(text) : bad("an HTTP method in capitals such as GET");

/** A path of a URL as a pattern: begins with a slash, `*` within one segment, `**` for any number. */
export const readUrlPath: Reader<string> = (text) => {
  const plain = /^\/[\x21-\x7e]*$/.test(text) && !/[?#\\%]/.test(text);
  if (!plain || text.split("/").some((segment) => segment === "." || segment === "..")) {
    return bad('a path such as "/repos/me/**": beginning with /, without dot segments, %, ? as a query, # or spaces');
  }
  return good(text);
};

/** A regular expression for the content filter, as JavaScript reads it with the `u` flag. */
export const readExpression: Reader<string> = (text) => {
  if (text === "" || text.length > 1000) return bad("a regular expression of 1 to 1000 characters");
  try {
    new RegExp(text, "u");
    return good(text);
  } catch {
    return bad("a regular expression that can be read");
  }
};
