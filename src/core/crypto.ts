// Node's crypto on first use: loading it takes longer than everything that a plain run would hash.
import { createRequire } from "node:module";

type Crypto = typeof import("node:crypto");

export function loadCrypto(): Crypto {
  return createRequire(import.meta.url)("node:crypto") as Crypto;
}
