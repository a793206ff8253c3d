// Shapes the rules of one system call into a tree of tests. Rules that look at the same 32 bits as ranges (an ioctl's
// command, a socket's family) become one binary search instead of a test each. Every tree gives what the rule list gives.

import { CordonError } from "../../core/error.js";
import type { Condition } from "./condition.js";
import type { Decision, Rule } from "./rules.js";

export type Tree =
  | { readonly kind: "return"; readonly key: string; readonly ret: number }
  | {
      readonly kind: "test";
      readonly key: string;
      readonly conditions: readonly Condition[];
      readonly ret: number;
      readonly next: Tree;
    }
  /** The first range starts at 0; each goes to the start of the next. Looks at the low word of an argument. */
  | { readonly kind: "search"; readonly key: string; readonly index: number; readonly ranges: readonly Range<Tree>[] };

export interface Range<T> {
  readonly from: number;
  readonly to: T;
}

const WORD = 0xffffffff;

/** A hostile profile must not keep the compiler busy: beyond this many tree nodes no program could fit anyway. */
const MAX_NODES = 16_384;

/** Splitting may copy rules that cover several ranges; above this factor a test after the other is better. */
const MAX_COPIES = 4;

/** Most rules of one call that are looked at for a search; splitting takes the square of their number. */
const MAX_SEARCHED = 256;

export class TreeBuilder {
  #nodes = 0;
  readonly #answers = new Map<number, Tree>();

  build(decision: Decision): Tree {
    if (decision.rules.length === 0) return this.#answer(decision.otherwise);
    const end = decision.rules.findIndex((rule) => rule.conditions.length === 0);
    const rules = end < 0 ? decision.rules : decision.rules.slice(0, end);
    const otherwise = decision.rules[end]?.ret ?? decision.otherwise;
    return this.#search(rules, otherwise) ?? this.#tests(rules, otherwise);
  }

  #answer(ret: number): Tree {
    const known = this.#answers.get(ret);
    if (known !== undefined) return known;
    const answer: Tree = { kind: "return", key: `r${ret}`, ret };
    this.#answers.set(ret, answer);
    return answer;
  }

  /** The rules one after the other, from the last to the first. */
  #tests(rules: readonly Rule[], otherwise: number): Tree {
    this.#count(rules.length);
    let next = this.#answer(otherwise);
    for (const { conditions, ret } of rules.toReversed()) {
      const key: string = `t(${conditions.map(conditionKey).join("&")}?${ret}:${next.key})`;
      next = { kind: "test", key, conditions, ret, next };
    }
    return next;
  }

  #search(rules: readonly Rule[], otherwise: number): Tree | undefined {
    if (rules.length < 2 || rules.length > MAX_SEARCHED) return undefined;
    const index = [0, 1, 2, 3, 4, 5].find((at) => rules.every((rule) => rangeCondition(rule, at) !== undefined));
    if (index === undefined) return undefined;
    const pieces = split(rules, index);
    const copies = pieces.reduce((sum, piece) => sum + piece.to.length, 0);
    if (copies > MAX_COPIES * rules.length + MAX_COPIES) return undefined;
    this.#count(pieces.length);
    const ranges: Range<Tree>[] = [];
    for (const { from, to } of pieces) {
      const tree = this.build({ rules: to, otherwise });
      if (ranges.at(-1)?.to.key !== tree.key) ranges.push({ from, to: tree });
    }
    const key = `s${index}(${ranges.map((range) => `${range.from}>${range.to.key}`).join(",")})`;
    return { kind: "search", key, index, ranges };
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > MAX_NODES)
      throw new CordonError("policy-invalid", "the seccomp profile has too many argument rules");
  }
}

/** For every stretch of the low word, the rules that it matches, without the condition that said so. */
function split(rules: readonly Rule[], index: number): Range<Rule[]>[] {
  const spans = rules.map((rule) => {
    const condition = rangeCondition(rule, index);
    const first = Number(condition?.value ?? 0n);
    const last = first + (WORD - Number(condition?.mask ?? 0n));
    const rest = { conditions: rule.conditions.filter((other) => other !== condition), ret: rule.ret };
    return { first, last, rest };
  });
  const starts = new Set([0, ...spans.flatMap(({ first, last }) => [first, last + 1])]);
  return [...starts]
    .filter((start) => start <= WORD)
    .sort((a, b) => a - b)
    .map((from) => ({
      from,
      to: spans.filter((span) => span.first <= from && from <= span.last).map((span) => span.rest),
    }));
}

/** A condition of the rule that holds for one stretch of the argument's low word, whatever the high word is. */
function rangeCondition(rule: Rule, index: number): Condition | undefined {
  return rule.conditions.find((condition) => {
    if (condition.index !== index || condition.kind !== "masked" || condition.negated) return false;
    if (condition.mask > BigInt(WORD) || condition.mask === 0n) return false;
    const free = WORD - Number(condition.mask);
    return Number.isInteger(Math.log2(free + 1));
  });
}

function conditionKey(condition: Condition): string {
  return [condition.index, condition.kind, condition.value, condition.mask, condition.negated].join(".");
}
