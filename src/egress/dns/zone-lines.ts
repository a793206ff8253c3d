// The lines of a zone file (RFC 1035, 5.1) as words: comments, quoted strings, escapes and records over several lines. Pure.
// It must stay linear in the text: lists of a million names are read while a run starts.

export interface ZoneLine {
  readonly kind: "line";
  readonly line: number;
  /** It begins with a blank: the owner is that of the record before. */
  readonly indented: boolean;
  /** Escapes stand as they were written. A quoted string keeps its first quote, so that it's never taken for a name. */
  readonly words: readonly string[];
}

export interface ZoneFault {
  readonly kind: "fault";
  readonly line: number;
  readonly message: string;
}

const SPECIAL = /[;()"\\]/;
/** A word with its escapes, a quoted string, a parenthesis; what follows a semicolon is a comment. */
const TOKEN = /[ \t\r]*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|((?:[^ \t\r;()"\\]|\\.)+)|(;.*)|(.))/gsy;

export function* zoneLines(text: string): Generator<ZoneLine | ZoneFault> {
  let open: OpenRecord | undefined;
  let line = 0;
  for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline === -1 ? text.length : newline;
    const raw = text.slice(at, end);
    at = end + 1;
    line += 1;
    if (open === undefined && !SPECIAL.test(raw)) {
      const words = raw.trim().split(/[ \t]+/);
      if (words[0] !== "") yield { kind: "line", line, indented: startsBlank(raw), words };
      continue;
    }
    open ??= new OpenRecord(line, startsBlank(raw));
    const fault = open.add(raw);
    if (fault !== undefined) yield { kind: "fault", line, message: fault };
    if (fault === undefined && open.depth > 0) continue;
    if (fault === undefined && open.words.length > 0) yield open.toLine();
    open = undefined;
  }
  if (open !== undefined) yield { kind: "fault", line: open.line, message: "a parenthesis is never closed" };
}

function startsBlank(raw: string): boolean {
  return raw.startsWith(" ") || raw.startsWith("\t");
}

/** A record whose end isn't read yet. */
class OpenRecord {
  readonly line: number;
  readonly words: string[] = [];
  depth = 0;
  readonly #indented: boolean;

  constructor(line: number, indented: boolean) {
    this.line = line;
    this.#indented = indented;
  }

  /** What is wrong with this further line, if anything is. */
  add(raw: string): string | undefined {
    for (const [, opened, closed, quoted, word, , other] of raw.trimEnd().matchAll(TOKEN)) {
      if (opened !== undefined) this.depth += 1;
      else if (closed !== undefined) this.depth -= 1;
      else if (quoted !== undefined) this.words.push(`"${quoted}`);
      else if (word !== undefined) this.words.push(word);
      else if (other !== undefined)
        return other === '"' ? "a quoted string isn't closed on its line" : "a backslash stands for nothing";
      if (this.depth < 0) return "a parenthesis is closed that wasn't opened";
      if (this.words.length > 10_000) return "a record has too many parts";
    }
    return undefined;
  }

  toLine(): ZoneLine {
    return { kind: "line", line: this.line, indented: this.#indented, words: this.words };
  }
}
