// Whether a server has signed a session: its key and its signature in the form of RFC 4253, 5656 and 8709, verified by Node. Only what current
// servers use: no SHA-1, no DSA, no certificates.
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { Reader } from "./wire.js";

const CURVES: Readonly<Record<string, { readonly name: string; readonly hash: string; readonly bytes: number }>> = {
  "ecdsa-sha2-nistp256": { name: "P-256", hash: "sha256", bytes: 32 },
  "ecdsa-sha2-nistp384": { name: "P-384", hash: "sha384", bytes: 48 },
  "ecdsa-sha2-nistp521": { name: "P-521", hash: "sha512", bytes: 66 },
};
const RSA_HASHES: Readonly<Record<string, string>> = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" };

export function hasSigned(key: Buffer, data: Buffer, signature: Buffer): boolean {
  try {
    const reader = new Reader(signature);
    const [algorithm, bytes] = [reader.string()?.toString("latin1"), reader.string()];
    const type = new Reader(key).string()?.toString("latin1");
    if (type === undefined || algorithm === undefined || bytes === undefined || !reader.isOver) return false;
    if (type === "ssh-ed25519") return algorithm === type && verify(null, data, edwards(key), bytes);
    if (type === "ssh-rsa") {
      const hash = RSA_HASHES[algorithm];
      return hash !== undefined && verify(hash, data, rsa(key), bytes);
    }
    const curve = CURVES[type];
    if (curve === undefined || algorithm !== type) return false;
    const parts = new Reader(bytes);
    const [r, s] = [parts.string(), parts.string()];
    if (r === undefined || s === undefined || !parts.isOver) return false;
    const plain = Buffer.concat([fixed(r, curve.bytes), fixed(s, curve.bytes)]);
    return verify(curve.hash, data, { key: elliptic(key, curve), dsaEncoding: "ieee-p1363" }, plain);
  } catch {
    return false;
  }
}

function edwards(key: Buffer): KeyObject {
  const [, x] = strings(key);
  return jwk({ kty: "OKP", crv: "Ed25519", x: x.toString("base64url") });
}

function rsa(key: Buffer): KeyObject {
  const [, e, n] = strings(key);
  return jwk({ kty: "RSA", e: unsigned(e).toString("base64url"), n: unsigned(n).toString("base64url") });
}

function elliptic(key: Buffer, { name, bytes }: { readonly name: string; readonly bytes: number }): KeyObject {
  const [, , point] = strings(key);
  if (point[0] !== 4 || point.length !== 1 + 2 * bytes) throw new Error("the point is packed");
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)];
  return jwk({ kty: "EC", crv: name, x: x.toString("base64url"), y: y.toString("base64url") });
}

function jwk(key: Readonly<Record<string, string>>): KeyObject {
  return createPublicKey({ key, format: "jwk" });
}

function strings(key: Buffer): readonly [Buffer, Buffer, Buffer] {
  const reader = new Reader(key);
  const none = Buffer.alloc(0);
  return [reader.string() ?? none, reader.string() ?? none, reader.string() ?? none];
}

function unsigned(number: Buffer): Buffer {
  return number[0] === 0 ? number.subarray(1) : number;
}

function fixed(number: Buffer, bytes: number): Buffer {
  const plain = unsigned(number);
  if (plain.length > bytes) throw new Error("the number is too long");
  return Buffer.concat([Buffer.alloc(bytes - plain.length), plain]);
}
