// Unpacks compressed bytes as they come, within the call and with a bound on what comes out. The one place that knows how zlib's
// streams are driven by hand: `push` of the filter has to say at once whether a chunk may leave, and the streams answer only later.
// npm's own unpacker drives them in the same way, and where they can't be driven so, everything is unreadable here (a test shows it).
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";

export type Packing = "gzip" | "zlib" | "raw" | "br";

/** What came out, and how many bytes of the input the stream took: fewer than all once it is at its end. */
export type Unpacked =
  | { readonly ok: true; readonly bytes: Buffer; readonly taken: number }
  | { readonly ok: false; readonly why: "unreadable" | "bomb" };

/** A stream may not become more than this in one step. */
const MAX_STEP_BYTES = 32 * 1024 * 1024;
const STEP_INPUT_BYTES = 16_384;
/** What unpacks to more than this has to be in proportion to its input. */
const FREE_BYTES = 16 * 1024 * 1024;
const MAX_RATIO = 200;

interface Handle {
  close(): void;
}

/** What is used of a stream, beyond what Node's types tell. */
interface Engine {
  _handle: Handle | null;
  _processChunk(chunk: Buffer, flush: number): Buffer;
  bytesWritten: number;
  on(event: "error", listener: () => void): unknown;
  removeAllListeners(event: "error"): unknown;
}

export class Inflater {
  readonly #engine: Engine | undefined;
  readonly #flush: number;
  #in = 0;
  #out = 0;

  constructor(packing: Packing) {
    this.#engine = engineOf(packing);
    this.#flush = packing === "br" ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
  }

  push(chunk: Buffer): Unpacked {
    const parts: Buffer[] = [];
    let taken = 0;
    while (taken < chunk.length) {
      const step = this.#step(chunk.subarray(taken, taken + STEP_INPUT_BYTES));
      if (!step.ok) return step;
      parts.push(step.bytes);
      taken += step.taken;
      if (step.taken === 0) break;
    }
    const [only] = parts;
    return { ok: true, bytes: parts.length === 1 && only !== undefined ? only : Buffer.concat(parts), taken };
  }

  #step(chunk: Buffer): Unpacked {
    const engine = this.#engine;
    const handle = engine?._handle;
    if (engine === undefined || handle === undefined || handle === null) return { ok: false, why: "unreadable" };
    const close = handle.close;
    // The engine takes a call for its last one and would put the handle away.
    handle.close = () => undefined;
    try {
      const bytes = engine._processChunk(chunk, this.#flush);
      this.#in += engine.bytesWritten;
      this.#out += bytes.length;
      if (this.#out > FREE_BYTES && this.#out > this.#in * MAX_RATIO) return { ok: false, why: "bomb" };
      return { ok: true, bytes, taken: engine.bytesWritten };
    } catch (error) {
      const tooLarge = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
      return { ok: false, why: tooLarge ? "bomb" : "unreadable" };
    } finally {
      handle.close = close;
      engine._handle = handle;
      engine.removeAllListeners("error");
      // An error is told a second time as an event, later.
      engine.on("error", () => undefined);
    }
  }
}

function engineOf(packing: Packing): Engine | undefined {
  const options = { maxOutputLength: MAX_STEP_BYTES };
  const made: unknown = {
    gzip: () => createGunzip(options),
    zlib: () => createInflate(options),
    raw: () => createInflateRaw(options),
    br: () => createBrotliDecompress(options),
  }[packing]();
  return isEngine(made) ? made : undefined;
}

function isEngine(value: unknown): value is Engine {
  return (
    typeof value === "object" &&
    value !== null &&
    "_handle" in value &&
    "_processChunk" in value &&
    typeof value._processChunk === "function"
  );
}
