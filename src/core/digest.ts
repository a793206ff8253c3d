// One canonical form before any digest: keys sorted, no white space, so that equal data has an equal digest.
import { loadCrypto } from "./crypto.js";

/** JSON with sorted keys; undefined members are left out as JSON.stringify does. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

/** `sha256:` and the hex digest of bytes or of a value's canonical JSON. */
export function sha256(value: Uint8Array | string): string {
  return `sha256:${loadCrypto().createHash("sha256").update(value).digest("hex")}`;
}

/** `value` with a `digest` that is computed when somebody first asks for it; it is there like any other member. */
export function withDigest<Value extends object>(
  value: Value,
  digest: () => string,
): Value & { readonly digest: string } {
  const known: { digest?: string } = {};
  return Object.defineProperty(value, "digest", {
    enumerable: true,
    get: () => {
      known.digest ??= digest();
      return known.digest;
    },
  }) as Value & { readonly digest: string };
}
