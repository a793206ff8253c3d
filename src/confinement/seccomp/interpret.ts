// Runs a seccomp filter over one struct seccomp_data, as the kernel would: for tests and for `explain`, never to decide
// anything at run time. What the kernel refuses to load (bad opcode, jump out of the program, no end) throws.

import { argumentOffset, DATA_ARCH, DATA_NR, DATA_SIZE } from "./constants.js";
import { decodeProgram, type Instruction, OP } from "./instruction.js";

export interface SeccompData {
  readonly nr: number;
  /** AUDIT_ARCH_*. */
  readonly arch: number;
  /** Up to six; missing ones are 0. */
  readonly args: readonly bigint[];
}

/** The value that the filter returns, as an unsigned number. */
export function interpret(program: Uint8Array | readonly Instruction[], data: SeccompData): number {
  const instructions = program instanceof Uint8Array ? decodeProgram(program) : program;
  const words = dataWords(data);
  let accumulator = 0;
  for (let at = 0; at < instructions.length; at++) {
    const instruction = instructions[at];
    if (instruction === undefined) break;
    const { code, jt, jf, k } = instruction;
    switch (code) {
      case OP.load:
        if (k % 4 !== 0 || k >= DATA_SIZE) throw new Error(`instruction ${at} loads from offset ${k}`);
        accumulator = words[k / 4] ?? 0;
        break;
      case OP.and:
        accumulator = (accumulator & k) >>> 0;
        break;
      case OP.jump:
        at += k;
        break;
      case OP.jumpEqual:
        at += accumulator === k ? jt : jf;
        break;
      case OP.jumpGreater:
        at += accumulator > k ? jt : jf;
        break;
      case OP.jumpGreaterEqual:
        at += accumulator >= k ? jt : jf;
        break;
      case OP.jumpAnyBit:
        at += (accumulator & k) !== 0 ? jt : jf;
        break;
      case OP.returnValue:
        return k;
      default:
        throw new Error(`instruction ${at} has the unknown code 0x${code.toString(16)}`);
    }
  }
  throw new Error("the program runs past its end");
}

function dataWords({ nr, arch, args }: SeccompData): Uint32Array {
  const words = new Uint32Array(DATA_SIZE / 4);
  words[DATA_NR / 4] = nr;
  words[DATA_ARCH / 4] = arch;
  args.forEach((value, index) => {
    words[argumentOffset(index, "low") / 4] = Number(value & 0xffffffffn);
    words[argumentOffset(index, "high") / 4] = Number((value >> 32n) & 0xffffffffn);
  });
  return words;
}
