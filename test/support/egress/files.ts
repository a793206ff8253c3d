// The plainest site: a text to fetch, a digest of whatever is sent, a stream of events.
import { createHash } from "node:crypto";
import type { Exchange } from "./origin.js";

export const HELLO = "hello from the origin";

export async function files(exchange: Exchange): Promise<void> {
  if (exchange.path === "/digest") {
    const sum = createHash("sha256");
    for await (const chunk of exchange.body) sum.update(chunk);
    return exchange.answer(200, { "content-type": "text/plain" }, `${sum.digest("hex")}\n`);
  }
  if (exchange.path === "/large") {
    return exchange.answer(200, { "content-type": "application/octet-stream" }, Buffer.alloc(5_000_000, "0123456789"));
  }
  if (exchange.path === "/moved") return exchange.answer(302, { location: "/files/hello" }, "");
  exchange.answer(200, { "content-type": "text/plain" }, `${HELLO}\n`);
}
