import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pipeServer } from "./pipe.js";

interface Line {
  readonly seen: string[];
  readonly listener: Server;
  readonly client: () => Socket;
}

async function line(context: TestContext, upstream: (socket: Socket) => void): Promise<Line> {
  const folder = mkdtempSync(join(tmpdir(), "cordon-pipe-"));
  const unix = join(folder, "up.sock");
  const seen: string[] = [];
  const service = createServer({ allowHalfOpen: true }, upstream).listen(unix);
  const listener = createServer().listen(0, "127.0.0.1");
  await Promise.all([once(service, "listening"), once(listener, "listening")]);
  const stop = pipeServer(
    listener,
    { unix },
    { allowed: () => seen.push("allowed"), failed: (reason) => seen.push(`failed ${reason}`) },
  );
  context.after(() => {
    stop();
    service.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { port } = listener.address() as AddressInfo;
  return { seen, listener, client: () => connect({ port, host: "127.0.0.1", allowHalfOpen: true }) };
}

/** Everything up to the end; the socket stays open for writing, which an async iterator would not leave it. */
function read(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    socket.once("end", () => resolve(Buffer.concat(chunks)));
    socket.once("error", reject);
  });
}

function closed(socket: Socket): Promise<void> {
  socket.on("error", () => undefined);
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

test("a client's half-close reaches the upstream, whose answer still comes back", {
  timeout: 10_000,
}, async (context) => {
  const { client, seen } = await line(
    context,
    (socket) => void read(socket).then((all) => socket.end(`got ${all.length}`)),
  );
  const socket = client();
  socket.end(Buffer.alloc(300_000, "x"));
  assert.equal((await read(socket)).toString(), "got 300000");
  assert.deepEqual(seen, ["allowed"]);
});

test("an upstream's half-close leaves the client's direction open", { timeout: 10_000 }, async (context) => {
  let tell: (all: Buffer) => void = () => undefined;
  const upstream = new Promise<Buffer>((resolve) => {
    tell = resolve;
  });
  const { client } = await line(context, (socket) => {
    void read(socket).then(tell);
    socket.end("bye");
  });
  const socket = client();
  assert.equal((await read(socket)).toString(), "bye");
  socket.end("still here");
  assert.equal((await upstream).toString(), "still here");
});

test("megabytes in both directions arrive unchanged", { timeout: 20_000 }, async (context) => {
  const { client } = await line(context, (socket) => void socket.pipe(socket));
  const sent = Buffer.alloc(8 * 1024 * 1024, "cordon");
  const socket = client();
  socket.end(sent);
  assert.ok((await read(socket)).equals(sent));
});

test("an upstream that isn't there ends the connection and is told", { timeout: 10_000 }, async (context) => {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const told = new Promise<string>((resolve) => {
    context.after(
      pipeServer(listener, { unix: "/nonexistent/x.sock" }, { allowed: () => resolve("allowed"), failed: resolve }),
    );
  });
  const { port } = listener.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  await closed(socket);
  assert.match(await told, /ENOENT/);
});

test("stopping ends open connections", { timeout: 10_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-pipe-"));
  const service = createServer(() => undefined).listen(join(folder, "s"));
  const listener = createServer().listen(0, "127.0.0.1");
  await Promise.all([once(service, "listening"), once(listener, "listening")]);
  const allowed = new Promise<void>((resolve) => {
    const stop = pipeServer(
      listener,
      { unix: join(folder, "s") },
      { allowed: () => resolve(Promise.resolve().then(stop)), failed: () => undefined },
    );
  });
  const socket = connect((listener.address() as AddressInfo).port, "127.0.0.1");
  await Promise.all([allowed, closed(socket)]);
  service.close();
  rmSync(folder, { recursive: true, force: true });
});
