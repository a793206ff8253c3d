// Second looks at what has the shape of a secret: check sums, randomness, and words that only examples hold. Pure.
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const EXAMPLE =
  /example|placeholder|redacted|changeme|change_me|your[_-]|x{6}|\*{3}|\.{3}|0{8}|123456789|abcdefgh|deadbeef/i;

/** Bits of each character, by how often each occurs: 4 for random hexadecimal digits, near 5 for 36 random letters and digits. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Looks made by a machine and not by the writer of a manual. */
export function isRandom(text: string, minBits: number): boolean {
  return !EXAMPLE.test(text) && entropyOf(text) >= minBits;
}

export function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1) === 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/** The last six characters are the check sum of those before, in base 62. */
export function hasCheckSum(random: string): boolean {
  const sum = random.slice(-6);
  return checkSumOf(random.slice(0, -6)) === sum;
}

export function checkSumOf(random: string): string {
  let text = "";
  for (let rest = crc32(Buffer.from(random, "latin1")); rest > 0; rest = Math.floor(rest / 62)) {
    text = `${BASE62[rest % 62] ?? ""}${text}`;
  }
  return text.padStart(6, "0");
}

/** A password that nobody would write into a manual, and no place in code that stands for one. */
export function isPassword(text: string): boolean {
  if (/[<>{}$%*`]/.test(text) || /pass|secret|user|admin|root|hunter|foo|bar|dbpw/i.test(text)) return false;
  return /\d/.test(text) && /[A-Za-z]/.test(text) && isRandom(text, 2.7);
}

/** `scheme://user:password@host`, with a password that nobody would write into a manual, of a host that isn't this computer. */
export function isLiveUrl(text: string): boolean {
  const match = /^[a-z0-9+]+:\/\/([^:@/\s]*):([^@/\s]+)@([A-Za-z0-9._-]+)/.exec(text);
  const [, user = "", password = "", host = ""] = match ?? [];
  const local = !host.includes(".") || /^(?:localhost|127\.|0\.0\.0\.0)|example|\.(?:local|test|invalid)$/i.test(host);
  return !local && password !== user && isPassword(password);
}

/** A bearer token that somebody issued for a while: a JSON header that says so, and claims with an end. */
export function isIssuedToken(text: string): boolean {
  const [header, claims] = text.split(".").map(readObject);
  if (header === undefined || claims === undefined) return false;
  const signed = typeof header["alg"] === "string" && header["alg"] !== "none";
  return signed && typeof claims["exp"] === "number" && (claims["sub"] ?? claims["iss"] ?? claims["aud"]) !== undefined;
}

function readObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
