// The policy's own regular expressions. Their author is trusted, the text that they meet is not: an expression that some text makes
// backtrack without end is stopped by the clock, counts as found, and after a few such times isn't tried again in this run.
import { createContext, Script } from "node:vm";

/** A match may be this long; so much is kept in view and, where findings block, held back. */
export const MAX_MATCH_BYTES = 4096;
const TIME_LIMIT_MS = 100;
const MAX_OVERRUNS = 8;
const BASE64_RUN = /[A-Za-z0-9+/_-]{16,}/g;
const BASE64_DEPTH = 2;

export interface PatternOutcome {
  readonly found: readonly string[];
  /** From here on, in this reading, text could still become part of a match. */
  readonly pending: number | undefined;
}

interface Question {
  readonly text: string;
  /** A match at the very beginning, or to the very end, doesn't count: the text goes on there. */
  readonly openStart: boolean;
  readonly openEnd: boolean;
}

interface Expression {
  readonly what: string;
  readonly expression: RegExp;
  overruns: number;
}

/** The expressions of one run. */
export class Patterns {
  readonly #expressions: readonly Expression[];
  readonly #script = new Script("ask()");
  readonly #context: { ask: () => void } = { ask: () => undefined };
  #made = false;

  constructor(sources: readonly string[]) {
    this.#expressions = sources.map((source, index) => ({
      what: `pattern ${index + 1} of network.filter.patterns`,
      expression: new RegExp(source, "gu"),
      overruns: 0,
    }));
  }

  open(): PatternWindow {
    return new PatternWindow(this);
  }

  /** Which expressions match one of the texts. */
  find(questions: readonly Question[]): readonly string[] {
    const found: string[] = [];
    const waiting = [...this.#expressions];
    while (waiting.length > 0) this.#ask(waiting, questions, found);
    return found;
  }

  /** Asks those that wait in turn, all under one clock; each that was asked waits no more. */
  #ask(waiting: Expression[], questions: readonly Question[], found: string[]): void {
    if (!this.#made) createContext(this.#context);
    this.#made = true;
    this.#context.ask = () => {
      for (let each = waiting[0]; each !== undefined; each = waiting[0]) {
        // SECURITY(T31): an expression that can't be asked any more has found something.
        if (each.overruns >= MAX_OVERRUNS) found.push(`${each.what} (it takes too long)`);
        else if (questions.some((question) => matches(each.expression, question))) found.push(each.what);
        waiting.shift();
      }
    };
    try {
      this.#script.runInContext(this.#context, { timeout: TIME_LIMIT_MS });
    } catch {
      const slow = waiting.shift();
      if (slow !== undefined) {
        slow.overruns += 1;
        found.push(`${slow.what} (it took too long)`);
      }
    } finally {
      this.#context.ask = () => undefined;
    }
  }
}

function matches(expression: RegExp, { text, openStart, openEnd }: Question): boolean {
  expression.lastIndex = 0;
  for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
    const end = match.index + match[0].length;
    if (match[0] === "") expression.lastIndex += 1;
    else if ((!openStart || match.index > 0) && (!openEnd || end < text.length)) return true;
  }
  return false;
}

/** The expressions over one reading, as it comes. */
export class PatternWindow {
  readonly #patterns: Patterns;
  #kept: Buffer = Buffer.alloc(0);
  /** Where in the reading the kept text begins. */
  base = 0;

  constructor(patterns: Patterns) {
    this.#patterns = patterns;
  }

  push(chunk: Buffer, final: boolean): PatternOutcome {
    const bytes = Buffer.concat([this.#kept, chunk]);
    const text = bytes.toString("utf8");
    const whole = { text, openStart: this.base > 0, openEnd: !final };
    const found = bytes.length === 0 ? [] : this.#patterns.find([whole, ...decodedRuns(text)]);
    // One byte more, for a match may not begin at the first.
    const keep = Math.max(0, bytes.length - MAX_MATCH_BYTES - 1);
    this.#kept = Buffer.from(bytes.subarray(keep));
    this.base += keep;
    return { found, pending: final || this.#kept.length === 0 ? undefined : this.base };
  }
}

function decodedRuns(text: string, depth = BASE64_DEPTH): readonly Question[] {
  const runs = text.match(BASE64_RUN)?.map((run) => Buffer.from(run, "base64").toString("utf8")) ?? [];
  if (runs.length === 0 || depth === 0) return [];
  const decoded = runs.join("\n");
  return [{ text: decoded, openStart: false, openEnd: false }, ...decodedRuns(decoded, depth - 1)];
}
