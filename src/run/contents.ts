// Files that only a run knows, filled into its ops: what its decoys hold, and beside them what its egress path makes.
import { closeSync, openSync, readSync } from "node:fs";
import { RUN_ID } from "../backends/common/launch.js";
import { CordonError } from "../core/error.js";
import type { Artifact, DecoyName, Op } from "../plan/types.js";
import { DECOY_BYTES, MAKERS, Supply } from "./decoys.js";

export type Contents = ReadonlyMap<string, Uint8Array>;

export interface RunDecoys {
  readonly contents: Contents;
  /** What must not leave. */
  readonly secrets: readonly Buffer[];
}

/** `id`: the run's. */
export function makeDecoys(artifact: Artifact, id: string): RunDecoys {
  const slots = artifact.main.ops.flatMap(({ slot }) => (slot?.startsWith("decoy:") === true ? [slot] : []));
  const supply = new Supply(slots.length === 0 ? Buffer.alloc(0) : randomBytes(slots.length * DECOY_BYTES));
  const made = slots.map((slot) => [slot, MAKERS[nameOf(slot)](supply)] as const);
  return {
    contents: new Map([["run-id", Buffer.from(id)], ...made.map(([slot, { content }]) => [slot, content] as const)]),
    secrets: made.flatMap(([, { secrets }]) => secrets.map((secret) => Buffer.from(secret))),
  };
}

function nameOf(slot: string): DecoyName {
  const name = slot.slice("decoy:".length);
  if (!isDecoy(name)) throw new CordonError("internal", `there is no decoy ${name}`);
  return name;
}

function isDecoy(name: string): name is DecoyName {
  return Object.hasOwn(MAKERS, name);
}

export function filledFile({ op, fields, slot }: Op, contents: Contents): Op {
  if (slot === undefined) return { op, fields };
  const content = contents.get(slot);
  if (slot === "run-id") return { op, fields: fields.map((field) => withId(field, content)) };
  if (content === undefined) throw new CordonError("internal", `nothing fills ${slot}`);
  return { op, fields: [...fields.slice(0, -1), content] };
}

function withId(field: Op["fields"][number], id: Uint8Array | undefined): Op["fields"][number] {
  return typeof field === "string" ? field.replace(RUN_ID, Buffer.from(id ?? []).toString("latin1")) : field;
}

/** Not by node:crypto: it takes longer to load than all else that a start needs. */
export function randomBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  const fd = openSync("/dev/urandom", "r");
  try {
    if (readSync(fd, bytes) !== bytes.length) throw new CordonError("launch-failed", "/dev/urandom gave too little");
  } finally {
    closeSync(fd);
  }
  return bytes;
}
