// One op as one readable line, for `cordon plan`. Pure.
import { quoteWord } from "../../core/argv.js";
import type { Op } from "../../plan/types.js";
import { OP_SHAPES } from "./ops.js";

/** Fields that people read in base 8 or 16. */
const OCTAL: ReadonlySet<string> = new Set(["mode", "mask"]);
const HEX: ReadonlySet<string> = new Set(["flags", "handledFs", "handledNet", "scoped", "access"]);
const INSTRUCTION_BYTES = 8;

export function formatOp({ op, fields }: Op): string {
  const names = OP_SHAPES[op]?.fields ?? [];
  const words = fields.map(
    (field, index) => `${names[index]?.name ?? index}=${formatField(op, names[index]?.name ?? "", field)}`,
  );
  return [op, ...words].join(" ");
}

function formatField(op: string, name: string, field: Op["fields"][number]): string {
  if (field instanceof Uint8Array) {
    return op === "seccomp" ? `(${field.length / INSTRUCTION_BYTES} instructions)` : `(${field.length} bytes)`;
  }
  if (typeof field === "string") return quoteWord(field);
  if (OCTAL.has(name)) return `0${field.toString(8)}`;
  return HEX.has(name) ? `0x${field.toString(16)}` : field.toString();
}
