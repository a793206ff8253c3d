// The lines that cordon-init writes on its control socket, as typed messages. Pure. Lines are bounded and whatever isn't
// exactly as native/PROTOCOL.md says is refused: half-understood words must never steer a run.
import { Buffer } from "node:buffer";

export type ControlMessage =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "error"; readonly stage: string; readonly errno: number; readonly text: string }
  | { readonly kind: "exec-failed"; readonly errno: number; readonly name: string }
  | {
      readonly kind: "protected";
      readonly rule: "protect" | "deny" | "git-config";
      readonly operation: string;
      readonly pid: number;
      readonly path: string;
    }
  | {
      readonly kind: "exec";
      readonly pid: number;
      readonly parent: number;
      readonly truncated: boolean;
      readonly cwd: string;
      readonly program: string;
      readonly argv: readonly string[];
    }
  /** Process 0: nobody can say who. */
  | {
      readonly kind: "canary";
      readonly pid: number;
      readonly exact: boolean;
      readonly path: string;
      readonly program: string;
    }
  | { readonly kind: "stopped"; readonly signal: number }
  | { readonly kind: "continued" }
  | { readonly kind: "waiting" }
  | { readonly kind: "paused" }
  | { readonly kind: "resumed" }
  | { readonly kind: "masked"; readonly path: string }
  | { readonly kind: "mask-failed"; readonly errno: number; readonly path: string }
  | { readonly kind: "dial-failed"; readonly id: number; readonly errno: number }
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "signal"; readonly number: number };

/** A path of 4095 bytes is three times as long when it is escaped. */
export const MAX_LINE_BYTES = 16 * 1024;

/** Cuts a byte stream into lines. `undefined` from `push` means a line that is too long: the peer can't be trusted any more. */
export class LineSplitter {
  #rest = "";

  push(chunk: Uint8Array): readonly string[] | undefined {
    const lines = (this.#rest + Buffer.from(chunk).toString("latin1")).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > MAX_LINE_BYTES || lines.some((line) => line.length > MAX_LINE_BYTES)) return undefined;
    return lines;
  }
}

type Parser = (words: readonly string[]) => ControlMessage | undefined;

interface Verb {
  readonly words: number;
  /** More words may follow. */
  readonly more?: true;
  readonly parse: Parser;
}

const PARSERS: Readonly<Record<string, Verb>> = {
  started: { words: 1, parse: ([pid]) => withNumber(pid, (value) => ({ kind: "started", pid: value })) },
  error: {
    words: 3,
    parse: ([stage = "", errno, text = ""]) =>
      withNumber(errno, (value) => ({
        kind: "error",
        stage: unescapeWord(stage),
        errno: value,
        text: unescapeWord(text),
      })),
  },
  "exec-failed": {
    words: 2,
    parse: ([errno, name = ""]) =>
      withNumber(errno, (value) => ({ kind: "exec-failed", errno: value, name: unescapeWord(name) })),
  },
  exec: { words: 5, more: true, parse: parseExec },
  protected: { words: 4, parse: parseProtected },
  canary: { words: 4, parse: parseCanary },
  stopped: { words: 1, parse: ([signal]) => withNumber(signal, (value) => ({ kind: "stopped", signal: value })) },
  continued: { words: 0, parse: () => ({ kind: "continued" }) },
  waiting: { words: 0, parse: () => ({ kind: "waiting" }) },
  paused: { words: 0, parse: () => ({ kind: "paused" }) },
  resumed: { words: 0, parse: () => ({ kind: "resumed" }) },
  masked: { words: 1, parse: ([path = ""]) => ({ kind: "masked", path: unescapeWord(path) }) },
  "mask-failed": {
    words: 2,
    parse: ([errno, path = ""]) =>
      withNumber(errno, (value) => ({ kind: "mask-failed", errno: value, path: unescapeWord(path) })),
  },
  "dial-failed": {
    words: 2,
    parse: ([id, errno]) =>
      withNumber(id, (number) => withNumber(errno, (value) => ({ kind: "dial-failed", id: number, errno: value }))),
  },
  exit: {
    words: 1,
    parse: ([code]) => withNumber(code, (value) => (value <= 255 ? { kind: "exit", code: value } : undefined)),
  },
  signal: {
    words: 1,
    parse: ([number]) =>
      withNumber(number, (value) => (value >= 1 && value <= 64 ? { kind: "signal", number: value } : undefined)),
  },
};

export function parseControlLine(line: string): ControlMessage | undefined {
  // Only printable ASCII can come: everything else is escaped.
  if (!/^[ -~]*$/.test(line)) return undefined;
  const [verb = "", ...words] = line.split(" ");
  const parser = Object.hasOwn(PARSERS, verb) ? PARSERS[verb] : undefined;
  if (parser === undefined || words.length < parser.words) return undefined;
  if (words.length > parser.words && parser.more === undefined) return undefined;
  return parser.parse(words);
}

function parseProtected([rule, operation = "", pid, path = ""]: readonly string[]): ControlMessage | undefined {
  if (rule !== "protect" && rule !== "deny" && rule !== "git-config") return undefined;
  return withNumber(pid, (value) => ({
    kind: "protected",
    rule,
    operation: unescapeWord(operation),
    pid: value,
    path: unescapeWord(path),
  }));
}

function parseCanary([pid, exact, path = "", program = ""]: readonly string[]): ControlMessage | undefined {
  if (exact !== "0" && exact !== "1") return undefined;
  return withNumber(pid, (value) => ({
    kind: "canary",
    pid: value,
    exact: exact === "1",
    path: unescapeWord(path),
    program: unescapeWord(program),
  }));
}

function parseExec([pid, parent, flag, cwd = "", program = "", ...argv]: readonly string[]):
  | ControlMessage
  | undefined {
  if (flag !== "-" && flag !== "t") return undefined;
  return withNumber(pid, (pidValue) =>
    withNumber(parent, (parentValue) => ({
      kind: "exec",
      pid: pidValue,
      parent: parentValue,
      truncated: flag === "t",
      cwd: unescapeWord(cwd),
      program: unescapeWord(program),
      argv: argv.map(unescapeWord),
    })),
  );
}

function withNumber(
  word: string | undefined,
  make: (value: number) => ControlMessage | undefined,
): ControlMessage | undefined {
  if (word === undefined || !/^\d{1,10}$/.test(word)) return undefined;
  return make(Number(word));
}

/** Percent-escaped bytes as text; what isn't UTF-8 becomes U+FFFD. */
function unescapeWord(word: string): string {
  if (!word.includes("%")) return word;
  const plain = word.replace(/%([0-9A-Fa-f]{2})/g, (_match, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(plain, "latin1").toString("utf8");
}

/** Text for a line to cordon-init. */
export function escapeWord(text: string): string {
  let escaped = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x25;
    escaped += plain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`;
  }
  return escaped;
}
