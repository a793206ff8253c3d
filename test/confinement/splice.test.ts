// Connections that were handed over to `cordon-init splice`, on real sockets: what it carries must be what Node would have carried.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeDialer } from "../../src/egress/proxy/dial.js";
import { allowed, closed, listening, pair, read, readSome } from "../../src/egress/proxy/fixture.js";
import { makeSplicer, type Splicer } from "../../src/egress/proxy/splice.js";
import { HAND_OVER_BYTES, Tunnel } from "../../src/egress/proxy/tunnel.js";
import { ROOT } from "../support/repository.js";

const INIT = process.env["CORDON_INIT"] ?? join(ROOT, "native/out", process.arch, "cordon-init");

/** Counts what it takes. */
interface Counting extends Splicer {
  readonly taken: () => number;
}

function splicing(context: TestContext): Counting {
  const splicer = makeSplicer(INIT);
  context.after(() => splicer.close());
  let taken = 0;
  return {
    take: (client, upstream) => {
      const took = splicer.take(client, upstream);
      if (took) taken++;
      return took;
    },
    close: () => splicer.close(),
    taken: () => taken,
    carried: splicer.carried,
  };
}

interface Line {
  /** What the program inside has. */
  readonly program: Socket;
  /** What the far server has. */
  readonly server: Socket;
  /** Ours, on the program's side. */
  readonly ours: Socket;
}

async function line(context: TestContext, splicer: Splicer): Promise<Line> {
  let accept: (socket: Socket) => void = () => undefined;
  const server = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const port = await listening(context, (socket) => accept(socket));
  const dialer = makeDialer({ own: () => new Set() });
  const verdict = allowed({ connect: { host: "127.0.0.1", port } });
  const [[ours, program], dialled] = await Promise.all([
    pair(context),
    dialer.tunnel({ host: "a.example", port: 22 }, verdict),
  ]);
  assert.ok(dialled.allowed);
  const tunnel = new Tunnel(ours, dialled.socket, { reader: dialled.reader, splicer });
  tunnel.down();
  tunnel.up();
  return { program, server: await server, ours };
}

/** Carries enough for it to be handed over. */
async function long(context: TestContext, splicer: Counting): Promise<Line> {
  const made = await line(context, splicer);
  const before = splicer.taken();
  while (splicer.taken() === before) {
    made.server.write(Buffer.alloc(HAND_OVER_BYTES));
    await readSome(made.program, HAND_OVER_BYTES);
  }
  return made;
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

test("a connection that was handed over loses no byte, and each side's end comes as an end", {
  timeout: 30_000,
}, async (context) => {
  const splicer = splicing(context);
  const { program, server, ours } = await line(context, splicer);
  const [up, down] = [randomBytes(30_000_000), randomBytes(40_000_000)];
  const gone = once(ours, "close");
  const [gotUp, gotDown] = [read(server), read(program)];
  server.write(down.subarray(0, 20_000_000));
  program.end(up);
  assert.equal(digest(await gotUp), digest(up));
  assert.equal(splicer.taken(), 1);
  // The program's half is closed: the answer still comes.
  server.end(down.subarray(20_000_000));
  assert.equal(digest(await gotDown), digest(down));
  assert.deepEqual(await Promise.all([closed(program), closed(server)]), [false, false]);
  await gone;
});

test("a reset of one side resets the other", { timeout: 20_000 }, async (context) => {
  const splicer = splicing(context);
  for (const side of ["program", "server"] as const) {
    const made = await long(context, splicer);
    const other = made[side === "program" ? "server" : "program"];
    const gone = once(made.ours, "close");
    const reset = closed(other);
    other.resume();
    made[side].resetAndDestroy();
    assert.equal(await reset, true, side);
    await gone;
  }
});

test("who doesn't read holds up nobody else, and gets every byte later", { timeout: 30_000 }, async (context) => {
  const splicer = splicing(context);
  const slow = await long(context, splicer);
  slow.program.pause();
  const sent = randomBytes(30_000_000);
  slow.server.end(sent);
  const others = await Promise.all(Array.from({ length: 60 }, () => long(context, splicer)));
  await Promise.all(
    others.map(async ({ program, server }) => {
      const got = readSome(server, 5);
      program.write("hello");
      assert.equal((await got).toString(), "hello");
    }),
  );
  const got = read(slow.program);
  slow.program.end();
  assert.equal(digest(await got), digest(sent));
});

test("short connections stay here, and when the process ends, what it held is reset or closed", {
  timeout: 20_000,
}, async (context) => {
  const splicer = splicing(context);
  const short = await line(context, splicer);
  short.server.write("hello");
  await readSome(short.program, 5);
  assert.equal(splicer.taken(), 0);
  const held = await long(context, splicer);
  const ended = [closed(held.program), closed(held.server), once(held.ours, "close")];
  held.program.resume();
  held.server.resume();
  splicer.close();
  held.program.end();
  held.server.end();
  await Promise.all(ended);
  assert.equal(splicer.take(short.program, short.server), false);
  const got = readSome(short.server, 5);
  short.program.write("still");
  assert.equal((await got).toString(), "still");
});

test("connections that end before this side has let go of them don't harm the others", {
  timeout: 60_000,
}, async (context) => {
  const splicer = splicing(context);
  const held = await long(context, splicer);
  for (let round = 0; round < 40; round++) {
    const ending = await line(context, splicer);
    const gone = once(ending.ours, "close");
    const before = splicer.taken();
    ending.server.write(Buffer.alloc(2 * HAND_OVER_BYTES));
    ending.program.resume();
    for (let turns = 0; splicer.taken() === before; turns++) {
      assert.ok(turns < 20_000, "nothing takes connections over any more");
      await turn();
    }
    // The sockets cross one after the other; which turn is the one in between isn't known.
    for (let turns = round % 8; turns > 0; turns--) await turn();
    ending.program.resetAndDestroy();
    ending.server.resetAndDestroy();
    const until = performance.now() + 10;
    while (performance.now() < until);
    await gone;
  }
  const got = readSome(held.server, 5);
  held.program.write("still");
  assert.equal((await got).toString(), "still");
});

/** What is ready by now has been handled. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
