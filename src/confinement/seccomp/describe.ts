// A filter program as lines that a person can read, one instruction each, for `plan` and `export`.

import { AUDIT_ARCH, DATA_ARCH, DATA_NR, RET } from "./constants.js";
import { decodeProgram, type Instruction, OP } from "./instruction.js";

export function describe(program: Uint8Array): string[] {
  const instructions = decodeProgram(program);
  const width = String(instructions.length).length;
  return instructions.map((instruction, at) => `${String(at).padStart(width)}: ${sentence(instruction, at)}`);
}

/** `allow`, `errno 38`, `kill process`, … */
export function describeReturn(value: number): string {
  const data = value & 0xffff;
  switch ((value & 0xffff0000) >>> 0) {
    case RET.allow:
      return "allow";
    case RET.log:
      return "allow and log";
    case RET.userNotif:
      return "ask the guard";
    case RET.errno:
      return `errno ${data}`;
    case RET.trace:
      return `tell the tracer ${data}`;
    case RET.trap:
      return "send SIGSYS";
    case RET.killThread:
      return "kill the thread";
    case RET.killProcess:
      return "kill the process";
    default:
      return `unknown action ${hex(value)}`;
  }
}

function sentence({ code, jt, jf, k }: Instruction, at: number): string {
  const go = (test: string): string => `${test} ? ${at + 1 + jt} : ${at + 1 + jf}`;
  switch (code) {
    case OP.load:
      return `load ${field(k)}`;
    case OP.and:
      return `and ${hex(k)}`;
    case OP.jump:
      return `go to ${at + 1 + k}`;
    case OP.jumpEqual:
      return go(`== ${constant(k)}`);
    case OP.jumpGreater:
      return go(`> ${hex(k)}`);
    case OP.jumpGreaterEqual:
      return go(`>= ${k < 4096 ? k : hex(k)}`);
    case OP.jumpAnyBit:
      return go(`any bit of ${hex(k)}`);
    case OP.returnValue:
      return describeReturn(k);
    default:
      return `unknown code ${hex(code)}`;
  }
}

function field(offset: number): string {
  if (offset === DATA_NR) return "number";
  if (offset === DATA_ARCH) return "architecture";
  if (offset < 16) return "instruction pointer";
  return `argument ${Math.floor((offset - 16) / 8)} ${offset % 8 === 0 ? "low" : "high"}`;
}

function constant(value: number): string {
  const known = Object.entries(AUDIT_ARCH).find(([, number]) => number === value);
  return known?.[0] ?? hex(value);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
