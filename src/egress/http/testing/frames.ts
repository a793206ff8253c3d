// For tests: frames of HTTP/2 by hand, so that heads can be sent that no library would send. Fields are literals without an index.

const HEADERS = 1;
const SETTINGS = 4;
const END_HEADERS = 4;
const END_STREAM_AND_HEADERS = 5;

export const PREFACE = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1"),
  frame(SETTINGS, 0, 0, Buffer.alloc(0)),
]);

export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** A whole request without a body, a whole response, or trailers. */
export function encodeStream(id: number, fields: readonly (readonly [string, string])[]): Buffer {
  return encodeHead(id, fields, END_STREAM_AND_HEADERS);
}

/** A head that something follows. */
export function encodeHead(id: number, fields: readonly (readonly [string, string])[], flags = END_HEADERS): Buffer {
  const block = fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]);
  return frame(HEADERS, flags, id, Buffer.concat(block));
}

/** What a server says first. */
export const SERVER_PREFACE = frame(SETTINGS, 0, 0, Buffer.alloc(0));

/** The streams that a client's HEADERS begin, as their frames arrive. */
export function readStreams(begun: (id: number) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let preface = 24;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const skipped = Math.min(preface, rest.length);
    preface -= skipped;
    rest = rest.subarray(skipped);
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      if (rest[3] === HEADERS) begun(rest.readUInt32BE(5));
      rest = rest.subarray(9 + rest.readUIntBE(0, 3));
    }
  };
}
