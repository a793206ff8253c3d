import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { Pace } from "./pace.js";

async function pair(t: TestContext): Promise<readonly [Socket, Socket]> {
  const { connect } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const writer = connect(address.port, "127.0.0.1");
  const [reader]: Socket[] = await once(server, "connection");
  assert.ok(reader !== undefined);
  t.after(() => {
    writer.destroy();
    server.close();
  });
  return [writer, reader];
}

test("a storm is read in few pieces, and all of it in order", async (t) => {
  const [writer, reader] = await pair(t);
  const pace = new Pace(reader);
  const pieces: string[] = [];
  reader.on("data", (chunk: Buffer) => {
    pieces.push(chunk.toString());
    pace.saw(chunk.toString().split("\n").length - 1);
  });
  const lines = Array.from({ length: 2000 }, (_, index) => `${index}\n`);
  for (const line of lines) {
    writer.write(line);
    await new Promise(setImmediate);
  }
  writer.end();
  await once(reader, "close");
  assert.equal(pieces.join(""), lines.join(""));
  assert.ok(pieces.length < 500, `${pieces.length} pieces`);
});

test("a few messages are read at once", async (t) => {
  const [writer, reader] = await pair(t);
  const pace = new Pace(reader);
  reader.on("data", () => pace.saw(1));
  writer.write("a\n");
  await once(reader, "data");
  assert.equal(reader.isPaused(), false);
  writer.destroy();
  await once(reader, "close");
});
