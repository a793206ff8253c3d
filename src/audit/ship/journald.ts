// The journal of this computer, by the socket that services' output goes to: a short header, then lines. Any user may write there.
import { deliver } from "./connection.js";
import { readLine, severityOf } from "./line.js";
import type { Batch, Receipt, Receiver } from "./receiver.js";

/** Identifier, unit, priority, whether lines begin with their own (`<4>`), and three places where the journal might repeat them. */
const HEADER = ["cordon", "", "6", "1", "0", "0", "0"];

export function journalText(lines: readonly string[]): string {
  const marked = lines.map((line) => `<${severityOf(readLine(line))}>${line}`);
  return `${[...HEADER, ...marked].join("\n")}\n`;
}

export class JournaldReceiver implements Receiver {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  async send({ lines }: Batch, signal: AbortSignal): Promise<Receipt> {
    await deliver({ to: { path: this.#socket }, confirms: false }, Buffer.from(journalText(lines)), signal);
    return {};
  }

  close(): void {}
}
