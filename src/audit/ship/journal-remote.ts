// A journal elsewhere: systemd-journal-remote takes entries in the journal's export format over HTTPS, and says when it has them.
import { HttpPoster, type HttpTarget } from "./http.js";
import { readLine, severityOf } from "./line.js";
import type { Batch, Receipt, Receiver } from "./receiver.js";

export interface JournalRemoteOptions extends HttpTarget {
  readonly hostName: string;
  /** Of this computer: the journal sorts entries by it. */
  readonly bootId: string;
  readonly machineId: string | undefined;
  readonly nowMs?: () => number;
  /** Since boot. */
  readonly monotonicMs?: () => number;
}

type Field = readonly [name: string, value: string];

export class JournalRemoteReceiver implements Receiver {
  readonly #poster: HttpPoster;
  readonly #options: JournalRemoteOptions;

  constructor(options: JournalRemoteOptions) {
    this.#poster = new HttpPoster(options);
    this.#options = options;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    const { nowMs = Date.now, monotonicMs = () => Number(process.hrtime.bigint() / 1_000_000n) } = this.#options;
    const text = exportText(batch, { ...this.#options, nowMs: nowMs(), monotonicMs: monotonicMs() });
    await this.#poster.post(Buffer.from(text), { "content-type": "application/vnd.fdo.journal" }, signal);
    return {};
  }

  close(): void {
    this.#poster.close();
  }
}

export interface ExportContext {
  readonly hostName: string;
  readonly bootId: string;
  readonly machineId: string | undefined;
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/** One entry for each line, an empty line between them. No value holds a line's end: lines of the record are escaped. */
export function exportText({ run, lines }: Batch, context: ExportContext): string {
  return lines
    .map(
      (line) =>
        `${entry(line, run, context)
          .map(([name, value]) => `${name}=${value}\n`)
          .join("")}\n`,
    )
    .join("");
}

function entry(line: string, run: string, context: ExportContext): readonly Field[] {
  const read = readLine(line);
  return [
    ["__REALTIME_TIMESTAMP", micro(read.timeMs ?? context.nowMs)],
    ["__MONOTONIC_TIMESTAMP", micro(context.monotonicMs)],
    ["_BOOT_ID", context.bootId],
    ...(context.machineId === undefined ? [] : [["_MACHINE_ID", context.machineId] as const]),
    ["_HOSTNAME", context.hostName],
    ["SYSLOG_IDENTIFIER", "cordon"],
    ["PRIORITY", String(severityOf(read))],
    ["MESSAGE", line],
    ["CORDON_RUN", run],
    ["CORDON_TYPE", read.type],
    ...(read.seq === undefined ? [] : [["CORDON_SEQ", String(read.seq)] as const]),
    ...read.members.flatMap(([name, value]): readonly Field[] => {
      const text = String(value);
      return /[\n\0]/.test(text) ? [] : [[`CORDON_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`, text]];
    }),
  ];
}

function micro(ms: number): string {
  return `${Math.max(1, Math.floor(ms))}000`;
}
