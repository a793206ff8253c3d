// Writes a BPF program from its last instruction to its first. As every jump goes forward, each target is already in
// place when the jump to it is written, so offsets are exact in one pass and a far target gets a long jump at once.

import { CordonError } from "../../core/error.js";
import { MAX_INSTRUCTIONS } from "./constants.js";
import { type Instruction, OP } from "./instruction.js";

/** A place in the program: the number of instructions from there to the end. */
export type Label = number;

/** Farthest target of a conditional jump. */
const REACH = 255;

/** A return this close is jumped to; beyond, a new one costs no more than the long jump would. */
const NEAR = REACH - 2;

export class Assembler {
  /** Last instruction first. */
  readonly #reversed: Instruction[] = [];
  readonly #returns = new Map<number, Label>();

  emit(code: number, k: number): Label {
    return this.#push({ code, jt: 0, jf: 0, k });
  }

  /** A place that returns `value`: one that is near, or a new one. */
  returns(value: number): Label {
    const known = this.#returns.get(value);
    if (known !== undefined && this.#reversed.length - known <= NEAR) return known;
    const label = this.emit(OP.returnValue, value);
    this.#returns.set(value, label);
    return label;
  }

  /** A conditional jump to two places. */
  branch(code: number, k: number, targets: { readonly yes: Label; readonly no: Label }): Label {
    let { yes, no } = targets;
    if (yes === no) return yes;
    // Writing a long jump for one target moves the other one place away, so look again after each.
    while (this.#distance(yes) > REACH || this.#distance(no) > REACH) {
      if (this.#distance(no) > REACH) no = this.emit(OP.jump, this.#distance(no));
      else yes = this.emit(OP.jump, this.#distance(yes));
    }
    return this.#push({ code, jt: this.#distance(yes), jf: this.#distance(no), k });
  }

  /** The next instruction written before this point runs on to `target`. */
  goto(target: Label): Label {
    return this.#distance(target) === 0 ? target : this.emit(OP.jump, this.#distance(target));
  }

  finish(): Instruction[] {
    return this.#reversed.toReversed();
  }

  #distance(label: Label): number {
    return this.#reversed.length - label;
  }

  #push(instruction: Instruction): Label {
    if (this.#reversed.length >= MAX_INSTRUCTIONS) {
      throw new CordonError(
        "policy-invalid",
        `the seccomp profile compiles to more than ${MAX_INSTRUCTIONS} instructions`,
        {
          hint: "merge rules that differ only in their names, or drop argument conditions",
        },
      );
    }
    this.#reversed.push(instruction);
    return this.#reversed.length;
  }
}
