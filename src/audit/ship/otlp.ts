// An OpenTelemetry receiver: lines as log records of OTLP over HTTP, in its JSON form. The body of a record is the line itself, byte for
// byte; its attributes say the same in parts.
import { HttpPoster, type HttpTarget } from "./http.js";
import { type ReadLine, readLine, type Severity, severityOf } from "./line.js";
import type { Batch, Receipt, Receiver } from "./receiver.js";

export interface OtlpOptions extends HttpTarget {
  readonly hostName: string;
  readonly version: string;
  readonly nowMs?: () => number;
}

/** The numbers that the data model gives to the severities of syslog. */
const SEVERITIES: Readonly<Record<Severity, { readonly number: number; readonly text: string }>> = {
  1: { number: 19, text: "ALERT" },
  2: { number: 18, text: "CRITICAL" },
  3: { number: 17, text: "ERROR" },
  4: { number: 13, text: "WARNING" },
  5: { number: 10, text: "NOTICE" },
  6: { number: 9, text: "INFO" },
};

type AnyValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean };

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

export function otlpRequest(
  batch: Batch,
  options: Omit<OtlpOptions, keyof HttpTarget> & { readonly nowMs: () => number },
): unknown {
  const observed = nanoseconds(options.nowMs());
  const attributes = [
    attribute("service.name", "cordon"),
    attribute("service.version", options.version),
    attribute("host.name", options.hostName),
  ];
  const scope = { name: "cordon", version: options.version };
  const logRecords = batch.lines.map((line) => logRecord(line, batch.run, observed));
  return { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope, logRecords }] }] };
}

function logRecord(line: string, run: string, observed: string): Readonly<Record<string, unknown>> {
  const read = readLine(line);
  const severity = SEVERITIES[severityOf(read)];
  return {
    ...(read.timeMs === undefined ? {} : { timeUnixNano: nanoseconds(read.timeMs) }),
    observedTimeUnixNano: observed,
    severityNumber: severity.number,
    severityText: severity.text,
    eventName: `cordon.${read.type}`,
    body: { stringValue: line },
    attributes: attributesOf(read, run),
  };
}

function attributesOf({ type, seq, members }: ReadLine, run: string): readonly KeyValue[] {
  return [
    attribute("cordon.run", run),
    attribute("cordon.type", type),
    ...(seq === undefined ? [] : [attribute("cordon.seq", seq)]),
    ...members.map(([name, value]) => attribute(`cordon.${name}`, value)),
  ];
}

function attribute(key: string, value: string | number | boolean): KeyValue {
  if (typeof value === "string") return { key, value: { stringValue: value } };
  if (typeof value === "boolean") return { key, value: { boolValue: value } };
  // 64-bit numbers are texts in the JSON form of protocol buffers.
  return { key, value: Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value } };
}

function nanoseconds(ms: number): string {
  return `${Math.max(0, Math.floor(ms))}000000`;
}

export class OtlpReceiver implements Receiver {
  readonly #poster: HttpPoster;
  readonly #options: OtlpOptions;

  constructor(options: OtlpOptions) {
    this.#poster = new HttpPoster(options);
    this.#options = options;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    const { hostName, version, nowMs = Date.now } = this.#options;
    const body = Buffer.from(JSON.stringify(otlpRequest(batch, { hostName, version, nowMs })));
    const answer = await this.#poster.post(body, { "content-type": "application/json" }, signal);
    return partialSuccess(answer.body);
  }

  close(): void {
    this.#poster.close();
  }
}

/** Records that were rejected in an answer that otherwise says yes mustn't be sent again. */
export function partialSuccess(body: string): Receipt {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return {};
  }
  const partial = memberOf(answer, "partialSuccess");
  const count = Number(memberOf(partial, "rejectedLogRecords"));
  if (!Number.isSafeInteger(count) || count <= 0) return {};
  const reason = memberOf(partial, "errorMessage");
  return { refused: { count, reason: typeof reason === "string" ? reason : "" } };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
