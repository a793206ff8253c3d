// Classic BPF as the kernel's seccomp takes it: one instruction is 8 bytes, jumps go forward only.
// Nothing here knows about system calls.

export interface Instruction {
  readonly code: number;
  /** Instructions to skip when a condition holds, and when not: 0 to 255. */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** The operations that the compiler emits. */
export const OP = {
  /** A = 32-bit word of seccomp_data at offset k. */
  load: 0x20,
  /** A &= k */
  and: 0x54,
  /** Skip k instructions. */
  jump: 0x05,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpGreaterEqual: 0x35,
  /** A & k is not 0. */
  jumpAnyBit: 0x45,
  returnValue: 0x06,
} as const;

export const INSTRUCTION_BYTES = 8;

export function encodeProgram(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  instructions.forEach(({ code, jt, jf, k }, position) => {
    const at = position * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, true);
  });
  return bytes;
}

export function decodeProgram(bytes: Uint8Array): Instruction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.byteLength / INSTRUCTION_BYTES);
  return Array.from({ length: count }, (_, position) => {
    const at = position * INSTRUCTION_BYTES;
    const [jt, jf] = [view.getUint8(at + 2), view.getUint8(at + 3)];
    return { code: view.getUint16(at, true), jt, jf, k: view.getUint32(at + 4, true) };
  });
}
