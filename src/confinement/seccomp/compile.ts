// Compiles a profile to a seccomp filter program. The same input always gives the same bytes. The order of tests: the
// architecture, the number by binary search, then the arguments of those few calls whose rules look at them.

import { unreachable } from "../../core/error.js";
import { Assembler, type Label } from "./assembler.js";
import type { Condition } from "./condition.js";
import { AUDIT_ARCH, argumentOffset, DATA_ARCH, DATA_NR, NO_SYSCALL, RET, X32_BIT } from "./constants.js";
import { type Range, type Tree, TreeBuilder } from "./decision.js";
import { encodeProgram, OP } from "./instruction.js";
import { type RuleInput, type RuleTable, ruleTable } from "./rules.js";

export interface CompiledSeccomp {
  /** struct sock_filter, 8 bytes each. */
  readonly program: Uint8Array;
  /** Names of the profile that this architecture doesn't know; their rules do nothing, as in runc. */
  readonly skipped: readonly string[];
}

/** Throws a CordonError when the profile is too large for the kernel. */
export function compileSeccomp(input: RuleInput): CompiledSeccomp {
  const table = ruleTable(input);
  const assembler = new Assembler();
  const emitter = new Emitter(assembler);
  const ranges = numberRanges(table, input.arch === "x64").map(({ from, to }) => ({ from, to: emitter.tree(to) }));
  const search = emitter.search(ranges);
  // After the search, so that both are near the architecture check whatever the size of the rest.
  const loadNumber = emitter.enter(OP.load, DATA_NR, search);
  const kill = assembler.returns(RET.killProcess);
  emitter.check(OP.jumpEqual, AUDIT_ARCH[input.arch], { yes: loadNumber, no: kill });
  assembler.emit(OP.load, DATA_ARCH);
  return { program: encodeProgram(assembler.finish()), skipped: table.skipped };
}

/** What every number from 0 to 2^32-1 gets, with neighbours of the same answer merged. */
function numberRanges(table: RuleTable, x32: boolean): Range<Tree>[] {
  const builder = new TreeBuilder();
  const otherwise = builder.build({ rules: [], otherwise: table.otherwise });
  const answers = new Map<number, Tree>();
  for (const [number, decision] of table.decisions) answers.set(number, builder.build(decision));
  // What follows a number without a rule of its own.
  for (const number of table.decisions.keys()) if (!answers.has(number + 1)) answers.set(number + 1, otherwise);
  if (!answers.has(0)) answers.set(0, otherwise);
  if (x32) {
    answers.set(X32_BIT, builder.build({ rules: [], otherwise: RET.killProcess }));
    answers.set(NO_SYSCALL, otherwise);
  }
  const ranges: Range<Tree>[] = [];
  for (const [from, to] of [...answers].sort((a, b) => a[0] - b[0])) {
    if (ranges.at(-1)?.to.key !== to.key) ranges.push({ from, to });
  }
  return ranges;
}

class Emitter {
  readonly #assembler: Assembler;
  /** Trees that are already written, by their key: equal rules of several calls are written once. */
  readonly #written = new Map<string, Label>();

  constructor(assembler: Assembler) {
    this.#assembler = assembler;
  }

  /** A place that decides as the tree says. */
  tree(tree: Tree): Label {
    if (tree.kind === "return") return this.#assembler.returns(tree.ret);
    const known = this.#written.get(tree.key);
    if (known !== undefined) return known;
    const label = tree.kind === "search" ? this.#searchArgument(tree) : this.#tests(tree);
    this.#written.set(tree.key, label);
    return label;
  }

  /** Binary search of the value in A, with a jump to the range that it is in. */
  search(ranges: readonly Range<Label>[]): Label {
    const [first] = ranges;
    if (first === undefined || ranges.length === 1) return first?.to ?? this.#assembler.returns(RET.killProcess);
    const middle = Math.floor(ranges.length / 2);
    const yes = this.search(ranges.slice(middle));
    const no = this.search(ranges.slice(0, middle));
    return this.check(OP.jumpGreaterEqual, ranges[middle]?.from ?? 0, { yes, no });
  }

  check(code: number, k: number, targets: { readonly yes: Label; readonly no: Label }): Label {
    return this.#assembler.branch(code, k, targets);
  }

  /** An instruction that runs on to `target`. */
  enter(code: number, k: number, target: Label): Label {
    this.#assembler.goto(target);
    return this.#assembler.emit(code, k);
  }

  #searchArgument(tree: Extract<Tree, { kind: "search" }>): Label {
    const ranges = tree.ranges.map(({ from, to }) => ({ from, to: this.tree(to) }));
    return this.enter(OP.load, argumentOffset(tree.index, "low"), this.search(ranges));
  }

  #tests(tree: Extract<Tree, { kind: "test" }>): Label {
    const chain: Extract<Tree, { kind: "test" }>[] = [];
    let end: Tree = tree;
    while (end.kind === "test") {
      chain.push(end);
      end = end.next;
    }
    let no = this.tree(end);
    for (const { conditions, ret } of chain.toReversed()) {
      let yes = this.#assembler.returns(ret);
      for (const condition of conditions.toReversed()) yes = this.#condition(condition, { yes, no });
      no = yes;
    }
    return no;
  }

  #condition(condition: Condition, targets: { readonly yes: Label; readonly no: Label }): Label {
    const { yes, no } = condition.negated ? { yes: targets.no, no: targets.yes } : targets;
    const [high, low] = [Number(condition.value >> 32n), Number(condition.value & 0xffffffffn)];
    switch (condition.kind) {
      case "masked": {
        const [highMask, lowMask] = [Number(condition.mask >> 32n), Number(condition.mask & 0xffffffffn)];
        const rest =
          lowMask === 0 ? yes : this.#maskedWord(condition, { word: "low", mask: lowMask, value: low, yes, no });
        if (highMask === 0) return rest;
        return this.#maskedWord(condition, { word: "high", mask: highMask, value: high, yes: rest, no });
      }
      case "any-bit": {
        const rest = low === 0 ? no : this.#word(condition.index, "low", this.check(OP.jumpAnyBit, low, { yes, no }));
        return high === 0
          ? rest
          : this.#word(condition.index, "high", this.check(OP.jumpAnyBit, high, { yes, no: rest }));
      }
      case "greater":
      case "greater-equal": {
        const compare = condition.kind === "greater" ? OP.jumpGreater : OP.jumpGreaterEqual;
        const rest = this.#word(condition.index, "low", this.check(compare, low, { yes, no }));
        const equal = this.check(OP.jumpEqual, high, { yes: rest, no });
        return this.#word(condition.index, "high", this.check(OP.jumpGreater, high, { yes, no: equal }));
      }
      default:
        return unreachable(condition.kind);
    }
  }

  #maskedWord(
    condition: Condition,
    test: { word: "low" | "high"; mask: number; value: number; yes: Label; no: Label },
  ): Label {
    const { word, mask, value, yes, no } = test;
    if (value === 0) return this.#word(condition.index, word, this.check(OP.jumpAnyBit, mask, { yes: no, no: yes }));
    if (value === mask && Number.isInteger(Math.log2(mask))) {
      return this.#word(condition.index, word, this.check(OP.jumpAnyBit, mask, { yes, no }));
    }
    const compared = this.check(OP.jumpEqual, value, { yes, no });
    const masked = mask === 0xffffffff ? compared : this.enter(OP.and, mask, compared);
    return this.#word(condition.index, word, masked);
  }

  #word(index: number, word: "low" | "high", next: Label): Label {
    return this.enter(OP.load, argumentOffset(index, word), next);
  }
}
