// Writes the few shapes of DER (X.690) that a certificate is made of. It must never read any: what isn't parsed can't be attacked.
// Callers give values of the run's own, or canonical hosts; each function makes one complete element.

/** Any element: a tag, the length of its contents, the contents. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  if (length < 0x10000) return Buffer.from([0x82, length >> 8, length & 0xff]);
  throw new RangeError("an element of 64 KiB or more");
}

export function sequence(...contents: readonly Uint8Array[]): Buffer {
  return element(0x30, ...contents);
}

export function set(...contents: readonly Uint8Array[]): Buffer {
  return element(0x31, ...contents);
}

/** `[number]` around an element, or instead of its tag when `constructed` is false. */
export function tagged(number: number, content: Uint8Array, constructed = true): Buffer {
  return element((constructed ? 0xa0 : 0x80) | number, content);
}

/** A whole number that isn't negative, most significant byte first. */
export function unsigned(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Uint8Array.of(0) : bytes.subarray(first);
  return element(0x02, ...((digits[0] ?? 0) < 0x80 ? [digits] : [Uint8Array.of(0), digits]));
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Uint8Array.of(value ? 0xff : 0));
}

export function octets(bytes: Uint8Array): Buffer {
  return element(0x04, bytes);
}

/** `unused`: how many bits of the last byte don't count. */
export function bits(bytes: Uint8Array, unused = 0): Buffer {
  return element(0x03, Uint8Array.of(unused), bytes);
}

export function utf8(text: string): Buffer {
  return element(0x0c, Buffer.from(text, "utf8"));
}

/** `2.5.29.17`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const groups = [arc & 0x7f];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift((rest & 0x7f) | 0x80);
  return groups;
}

/** To the second, as RFC 5280 wants it: two digits for the year until 2049, four from then on. */
export function time(date: Date): Buffer {
  const digits = `${date
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replace(/\D/g, "")}Z`;
  const year = date.getUTCFullYear();
  return year < 2050 ? element(0x17, Buffer.from(digits.slice(2))) : element(0x18, Buffer.from(digits));
}
