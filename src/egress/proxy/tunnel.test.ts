import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { type TestContext, test } from "node:test";
import type { Denied } from "../types.js";
import { BufferPool, BulkReader, LARGE_BYTES, SMALL_BYTES } from "./bulk.js";
import { makeDialer } from "./dial.js";
import { allowed, client, closed, listening, pair, read, readSome } from "./fixture.js";
import { Tunnel, type TunnelOptions } from "./tunnel.js";

interface Line {
  /** What the program inside has. */
  readonly program: Socket;
  /** What the far server has. */
  readonly server: Socket;
}

async function line(context: TestContext, options: TunnelOptions = {}): Promise<Line> {
  let accept: (socket: Socket) => void = () => undefined;
  const server = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const port = await listening(context, (socket) => accept(socket));
  const dialer = makeDialer({ own: () => new Set() });
  const verdict = allowed({ connect: { host: "127.0.0.1", port } });
  const [[inside, program], dialled] = await Promise.all([
    pair(context),
    dialer.tunnel({ host: "a.example", port: 22 }, verdict),
  ]);
  assert.ok(dialled.allowed);
  const tunnel = new Tunnel(inside, dialled.socket, { reader: dialled.reader, ...options });
  tunnel.down();
  tunnel.up();
  return { program, server: await server };
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

test("both directions carry many bytes unchanged, and each side's end comes as an end", {
  timeout: 20_000,
}, async (context) => {
  const { program, server } = await line(context);
  const [up, down] = [randomBytes(5_000_000), randomBytes(20_000_000)];
  const [gotUp, gotDown] = [read(server), read(program)];
  program.end(up);
  assert.equal(digest(await gotUp), digest(up));
  // The program's half is closed: the answer still comes.
  server.end(down);
  assert.equal(digest(await gotDown), digest(down));
  assert.deepEqual(await Promise.all([closed(program), closed(server)]), [false, false]);
});

test("a slow reader gets every byte in order, whoever else is read meanwhile", { timeout: 30_000 }, async (context) => {
  const lines = await Promise.all(Array.from({ length: 4 }, () => line(context)));
  await Promise.all(
    lines.map(async ({ program, server }) => {
      const sent = randomBytes(6_000_000);
      server.end(sent);
      const hash = createHash("sha256");
      let at = 0;
      for await (const chunk of program) {
        hash.update(chunk);
        at += 1;
        if (at % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      assert.equal(hash.digest("hex"), digest(sent));
    }),
  );
});

test("nothing is read ahead for a client that doesn't read", { timeout: 20_000 }, async (context) => {
  const { program, server } = await line(context);
  program.pause();
  let sent = 0;
  const block = Buffer.alloc(1_000_000);
  const fill = () => {
    while (sent < 400_000_000 && server.write(block)) sent += block.length;
  };
  server.on("drain", fill);
  fill();
  // Until nothing moves any more.
  for (let before = -1; before !== sent; await new Promise((resolve) => setTimeout(resolve, 200))) before = sent;
  assert.ok(sent < 100_000_000, `${sent} bytes were taken`);
  server.destroy();
});

test("a reset of either side reaches the other", { timeout: 10_000 }, async (context) => {
  const first = await line(context);
  first.server.resetAndDestroy();
  assert.equal(await closed(first.program), true);
  const second = await line(context);
  second.server.resume();
  second.program.resetAndDestroy();
  assert.equal(await closed(second.server), true);
});

test("a used up quota resets both sides and is told once", { timeout: 10_000 }, async (context) => {
  const denied: Denied = { allowed: false, code: "quota", reason: "used up" };
  const over: Denied[] = [];
  let left = 10;
  const take = (bytes: number) => {
    left -= bytes;
    return left < 0 ? denied : undefined;
  };
  const counted = { meter: { upload: take, download: take }, over: (each: Denied) => over.push(each) };
  const { program, server } = await line(context, counted);
  program.write("12345");
  assert.equal((await readSome(server, 5)).length, 5);
  server.write("123456");
  await closed(program);
  assert.deepEqual(over, [denied]);
});

test("what a rule may upload is counted over the whole connection", { timeout: 10_000 }, async (context) => {
  const transferred: (number | undefined)[] = [];
  const meter = {
    upload: (_bytes: number, _rule: unknown, sent?: number) => void transferred.push(sent),
    download: () => undefined,
  };
  const { program, server } = await line(context, { meter });
  program.write("123");
  await readSome(server, 3);
  program.write("45");
  await readSome(server, 2);
  assert.deepEqual(transferred, [3, 5]);
});

test("a client that is gone before the tunnel stands takes the upstream with it", {
  timeout: 10_000,
}, async (context) => {
  const [inside] = await pair(context);
  inside.destroy();
  const port = await listening(context, () => undefined);
  const upstream = client(context, { port, host: "127.0.0.1" });
  await once(upstream, "connect");
  new Tunnel(inside, upstream).down();
  assert.ok(upstream.destroyed);
});

test("wide streams borrow a large buffer and give it back; one that is still read is never lent again", () => {
  const pool = new BufferPool();
  const reader = new BulkReader(pool);
  const { buffer, callback } = reader.onread;
  assert.ok(typeof buffer === "function");
  const next = () => buffer();
  const own = next();
  let done = true;
  reader.start(() => done);
  callback(own.length, own);
  const large = next();
  assert.deepEqual([own.length, large.length], [SMALL_BYTES, LARGE_BYTES]);
  done = false;
  assert.equal(callback(large.length, large), false);
  reader.close();
  assert.notEqual(pool.take(), large);
  const second = new BulkReader(pool);
  second.start(() => true);
  assert.ok(typeof second.onread.buffer === "function");
  second.onread.callback(SMALL_BYTES, second.onread.buffer());
  const lent = second.onread.buffer();
  second.close();
  assert.equal(pool.take(), lent);
});
