// The addresses of this host's interfaces, as they are now: services that listen on them are meant for others than the sandbox. It must
// never answer with what was true long ago.
import { networkInterfaces } from "node:os";

const OWN_FRESH_MS = 5_000;

/** Interfaces come and go; reading them for each connection would cost more than the connection. */
export function ownAddresses(nowMs: () => number): () => ReadonlySet<string> {
  let known: ReadonlySet<string> = new Set();
  let readMs = Number.NEGATIVE_INFINITY;
  return () => {
    const now = nowMs();
    if (now - readMs >= OWN_FRESH_MS) {
      const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      known = new Set(all.map(({ address }) => address));
      readMs = now;
    }
    return known;
  };
}
