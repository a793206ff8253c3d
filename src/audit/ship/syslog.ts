// Syslog: messages of RFC 5424 with structured data, counted on a stream (RFC 6587, and 5425 with TLS). A datagram socket such as /dev/log
// can't be written by Node; the system's own `logger` does that.
import { type Destination, deliver } from "./connection.js";
import { readLine, severityOf } from "./line.js";
import { logByProgram } from "./logger.js";
import { type Batch, DeliveryError, type Receipt, type Receiver } from "./receiver.js";

/** `authpriv`: messages about security that not everybody should read. */
const FACILITY = 10;
/** RFC 5612 keeps this number for examples; Cordon has none of its own. */
const ENTERPRISE = 32473;
const NIL = "-";

export interface SyslogContext {
  readonly hostName: string;
  readonly pid: number;
}

export function syslogMessage(line: string, run: string, { hostName, pid }: SyslogContext): string {
  const read = readLine(line);
  const time = read.timeMs === undefined ? NIL : new Date(read.timeMs).toISOString();
  const data: readonly (readonly [string, string | number | boolean | undefined])[] = [
    ["run", run],
    ["seq", read.seq],
    ["type", read.type],
    ...read.members,
  ];
  const parameters = data.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${escaped(String(value))}"`],
  );
  const head = [
    `<${FACILITY * 8 + severityOf(read)}>1`,
    time,
    word(hostName, 255),
    "cordon",
    String(pid),
    word(read.type, 32),
  ];
  return `${head.join(" ")} [cordon@${ENTERPRISE} ${parameters.join(" ")}] ${line}`;
}

/** Printable ASCII without spaces. */
function word(text: string, maxLength: number): string {
  const plain = text.replace(/[^\x21-\x7e]/g, "").slice(0, maxLength);
  return plain === "" ? NIL : plain;
}

function escaped(value: string): string {
  return value.replace(/[\u0000-\u001f\u007f]/g, " ").replace(/["\\\]]/g, "\\$&");
}

/** `LENGTH MESSAGE`: no character can end a message early. */
export function counted(message: string): string {
  return `${Buffer.byteLength(message)} ${message}`;
}

export type SyslogAddress =
  | { readonly over: "unix"; readonly path: string }
  | { readonly over: "tcp" | "tls"; readonly host: string; readonly port: number };

export interface SyslogOptions extends SyslogContext {
  readonly to: SyslogAddress;
  readonly ca?: string;
}

export class SyslogReceiver implements Receiver {
  readonly #options: SyslogOptions;
  readonly #destination: Destination;
  #datagrams = false;

  constructor(options: SyslogOptions) {
    const { to, ca } = options;
    this.#options = options;
    this.#destination =
      to.over === "unix"
        ? { to: { path: to.path }, confirms: true }
        : {
            to: { host: to.host, port: to.port },
            confirms: true,
            ...(to.over === "tls" ? { tls: { host: to.host, ...(ca === undefined ? {} : { ca }) } } : {}),
          };
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    if (!this.#datagrams) {
      const text = batch.lines.map((line) => counted(syslogMessage(line, batch.run, this.#options))).join("");
      try {
        await deliver(this.#destination, Buffer.from(text), signal);
        return {};
      } catch (error) {
        if (!isDatagramSocket(error)) throw error;
        this.#datagrams = true;
      }
    }
    const { to } = this.#options;
    if (to.over === "unix") await logByProgram(to.path, batch, signal);
    return {};
  }

  close(): void {}
}

/** What the kernel says to a stream that wants to connect to a socket for datagrams. */
function isDatagramSocket(error: unknown): boolean {
  return error instanceof DeliveryError && error.message.endsWith(": EPROTOTYPE");
}
