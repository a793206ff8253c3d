// The host keys that the user has accepted (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Pure.
import { loadCrypto } from "../../core/crypto.js";

/** Keys in base64 of a host by any of its names (`github.com`, `[github.com]:2222`), without those that were revoked. */
export function hostKeys(texts: readonly string[], names: readonly string[]): readonly string[] {
  const lines = texts.flatMap((text) => text.split("\n").flatMap((line) => lineOf(line) ?? []));
  const about = lines.filter(({ hosts }) => names.some((name) => isMeant(hosts, name)));
  const revoked = new Set(about.flatMap(({ marker, key }) => (marker === "@revoked" ? [key] : [])));
  const keys = about.flatMap(({ marker, key }) => (marker === undefined ? [key] : []));
  return [...new Set(keys)].filter((key) => !revoked.has(key));
}

interface Line {
  readonly marker: string | undefined;
  readonly hosts: string;
  readonly key: string;
}

function lineOf(line: string): Line | undefined {
  const words = line.trim().split(/[ \t]+/);
  const marker = words[0]?.startsWith("@") === true ? words.shift() : undefined;
  const [hosts = "", type = "", key = ""] = words;
  const isKey = /^[a-z0-9@.-]+$/.test(type) && /^[A-Za-z0-9+/]{16,}={0,2}$/.test(key);
  return hosts.startsWith("#") || !isKey ? undefined : { marker, hosts, key };
}

function isMeant(hosts: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(hosts);
  if (hashed !== null) {
    const [, salt = "", digest = ""] = hashed;
    return loadCrypto().createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === digest;
  }
  const patterns = hosts.split(",");
  const covers = (pattern: string) => patternOf(pattern).test(name);
  if (patterns.some((pattern) => pattern.startsWith("!") && covers(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && covers(pattern));
}

function patternOf(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${text}$`, "i");
}
