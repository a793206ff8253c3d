// Servers and clients that try to end the run, or to fill its memory: each ends its own connection or stream only. An error that nobody
// contained would end this process, as it would the supervisor.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { createServer as createTls } from "node:tls";
import { encodeHead, encodeStream, frame, PREFACE, readStreams, SERVER_PREFACE } from "./testing/frames.js";
import { inLab } from "./testing/lab.js";
import { ask, http2, TlsLabs, tls } from "./testing/tls-lab.js";

const GET = "GET / HTTP/1.1\r\nHost: allowed.example\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

let labs: TlsLabs;
before(async () => {
  labs = await TlsLabs.make();
});
after(() => labs.close());

/** Answers the first bytes of each connection. */
function rawServer(answer: (socket: Socket) => void) {
  return createServer((socket) => {
    socket.on("error", () => undefined).once("data", () => answer(socket));
  });
}

/** A server that answers each stream by hand. */
function frameServer(answer: (socket: Socket, id: number) => void) {
  return createTls({ ...labs.certified(), ALPNProtocols: ["h2"] }, (socket) => {
    socket.on("error", () => undefined).write(SERVER_PREFACE);
    socket.on(
      "data",
      readStreams((id) => answer(socket, id)),
    );
  });
}

test("early hints that Node doesn't send are left out, the response comes", () =>
  inLab(
    { upstream: rawServer((socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nLink: garbage\r\n\r\n${OK}`)) },
    async (lab) => {
      assert.match(await lab.raw("plain", GET), /^HTTP\/1\.1 200 OK\r\n[\s\S]*ok$/);
    },
  ));

test("early hints go on, a 100 once, and no more than a few of either", () => {
  const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n".repeat(100);
  const upstream = rawServer((socket) => socket.write(`${"HTTP/1.1 100 Continue\r\n\r\n".repeat(3)}${hints}${OK}`));
  return inLab({ upstream }, async (lab) => {
    const got = await lab.raw("plain", GET);
    assert.equal(got.match(/ 100 Continue/g)?.length, 1);
    const passed = got.match(/ 103 Early Hints/g)?.length ?? 0;
    assert.ok(passed > 0 && passed <= 16);
    assert.match(got, / 200 OK\r\n[\s\S]*ok$/);
  });
});

test("answers before the answer without end are cut off", () => {
  const upstream = rawServer((socket) => {
    const flood = () => {
      while (!socket.destroyed && socket.write("HTTP/1.1 100 Continue\r\n\r\n".repeat(100)));
    };
    socket.on("drain", flood);
    flood();
  });
  return inLab({ upstream }, async (lab) => {
    assert.match(await lab.raw("plain", GET), / 502 Upstream Failed\r\n[\s\S]*without end/);
  });
});

test("answers before the answer count against the download quota", () => {
  const early = `HTTP/1.1 103 Early Hints\r\nX-Data: ${"a".repeat(1000)}\r\n\r\n`;
  const upstream = rawServer((socket) => socket.write(`${early.repeat(20)}${OK}`));
  return inLab({ upstream, limits: { downloadBytes: 5000 } }, async (lab) => {
    assert.match(await lab.raw("plain", GET), /x-cordon-code: quota/);
  });
});

test("a 101 that nobody asked for is a 502, with and without an Upgrade", async () => {
  for (const fields of ["", "Connection: Upgrade\r\nUpgrade: websocket\r\n"]) {
    const upstream = rawServer((socket) => socket.write(`HTTP/1.1 101 Switching\r\n${fields}\r\n`));
    await inLab({ upstream }, async (lab) => {
      assert.match(await lab.raw("plain", GET), /^HTTP\/1\.1 502 /);
    });
  }
});

test("a 204 doesn't announce a body", () =>
  inLab(
    { upstream: rawServer((socket) => socket.write("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n")) },
    async (lab) => {
      assert.doesNotMatch(await lab.raw("plain", GET), /content-length/i);
    },
  ));

test("waiting requests whose heads hold too much cut the connection off, many short ones don't", () =>
  inLab({}, async (lab) => {
    const long = `GET /long HTTP/1.1\r\nHost: allowed.example\r\nX-Long: ${"a".repeat(60_000)}\r\n\r\n`;
    const socket = await lab.client("plain");
    socket.write(long.repeat(4));
    await new Promise((resolve) => socket.resume().once("close", resolve));
    assert.ok(lab.collected.length < 3);
    assert.equal((await lab.raw("plain", GET.repeat(30))).match(/ 200 OK/g)?.length, 30);
    // The test's own server reads no more than 16 KiB.
    assert.match(await lab.raw("plain", long), / 431 Request Header/);
  }));

/** nghttp2 lets both in. */
const REFUSED_BY_NODE = ["http2-settings", "te"];

test("fields of HTTP/2 heads that Node refuses to send are left out", async () => {
  const odd = REFUSED_BY_NODE.map((name) => [name, "trailers"] as const);
  const lab = await labs.open({
    upstream: frameServer((socket, id) => {
      socket.write(
        encodeHead(id, [
          [":status", "103"],
          ["link", "</a>"],
          ["etag", "1"],
          ["etag", "2"],
        ]),
      );
      socket.write(encodeHead(id, [[":status", "103"], ...odd]));
      socket.write(encodeHead(id, [[":status", "200"], ...odd]));
      socket.write(frame(0, 0, id, Buffer.from("ok")));
      socket.write(encodeStream(id, [...odd, ["x-sum", "1"]]));
    }),
  });
  const session = await http2(lab);
  const got = await ask(session, {});
  assert.equal(got.status, 200);
  assert.equal(got.body, "ok");
  assert.equal(got.trailers["x-sum"], "1");
  for (const name of REFUSED_BY_NODE) assert.equal(got.headers[name] ?? got.trailers[name], undefined);
  session.close();
});

test("trailers of an HTTP/2 client that Node refuses to send go no further", async () => {
  const seen: string[] = [];
  const lab = await labs.open({
    upstream: labs.h2Server((stream) => {
      stream.on("trailers", (trailers) => seen.push(...Object.keys(trailers)));
      stream.on("end", () => stream.respond({ ":status": 200 }, { endStream: true })).resume();
    }),
  });
  const client = await tls(lab, ["h2"]);
  client.on("error", () => undefined).resume();
  client.write(Buffer.concat([PREFACE, encodeHead(1, request("POST")), frame(0, 0, 1, Buffer.from("hi"))]));
  client.write(
    encodeStream(1, [
      ["http2-settings", "x"],
      ["x-sum", "1"],
    ]),
  );
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  client.destroy();
  assert.deepEqual(seen, ["x-sum"]);
});

test("answers before the answer without end break an HTTP/2 stream off", async () => {
  const early = (id: number) =>
    Buffer.concat(
      new Array(200).fill(
        encodeHead(id, [
          [":status", "103"],
          ["link", "</a>"],
        ]),
      ),
    );
  const lab = await labs.open({
    upstream: frameServer((socket, id) => {
      const flood = () => {
        while (!socket.destroyed && socket.write(early(id)));
      };
      socket.on("drain", flood);
      flood();
    }),
  });
  const session = await http2(lab);
  let hints = 0;
  const stream = session.request({ ":path": "/" });
  stream.on("headers", () => {
    hints += 1;
  });
  const [head] = await once(stream, "response");
  assert.equal(head[":status"], 502);
  assert.ok(hints > 0 && hints <= 16);
  session.destroy();
});

test("open HTTP/2 streams whose heads hold too much are refused", async () => {
  const lab = await labs.open({ upstream: labs.h2Server(() => undefined) });
  const session = await http2(lab);
  let refused = 0;
  for (let count = 0; count < 20; count += 1) {
    const stream = session.request({ ":path": "/", "x-long": "a".repeat(50_000) });
    stream
      .on("error", () => undefined)
      .on("close", () => {
        if (stream.rstCode === 7) refused += 1;
      });
  }
  while (refused < 10) await new Promise((resolve) => setTimeout(resolve, 10));
  session.destroy();
});

test("an HTTP/2 server that ends its connection ends the streams of its client at once", async () => {
  const breaking: Readonly<Record<string, (socket: Socket, id: number) => void>> = {
    reset: (socket) => socket.destroy(),
    end: (socket) => socket.end(),
  };
  for (const [name, answer] of Object.entries(breaking)) {
    const lab = await labs.open({ upstream: frameServer(answer) });
    const session = await http2(lab);
    const begunMs = performance.now();
    const got = await ask(session, {}).catch(() => undefined);
    assert.ok(got === undefined || got.status === 502, name);
    assert.ok(performance.now() - begunMs < 1500, name);
    session.destroy();
  }
});

test("whatever fails in an event ends its connection and is told", async () => {
  const broken = () => {
    throw new Error("a bug");
  };
  for (const step of ["allowed", "download"] as const) {
    const told: string[] = [];
    const report = {
      allowed: step === "allowed" ? broken : () => undefined,
      denied: (_target: unknown, { code }: { code: string }) => told.push(code),
      nameDenied: () => undefined,
    };
    const meter = {
      connection: () => ({ allowed: true, release: () => undefined }) as const,
      request: () => undefined,
      upload: () => undefined,
      download: step === "download" ? broken : () => undefined,
    };
    await inLab({ context: { report, meter } }, async (lab) => {
      assert.doesNotMatch(await lab.raw("plain", GET), / 200 /);
    });
    const lab = await labs.open({ context: { report, meter }, upstream: labs.h2Server((stream) => stream.end("ok")) });
    const session = await http2(lab);
    const got = await ask(session, {}).catch(() => undefined);
    assert.notEqual(got?.status, 200);
    session.destroy();
    assert.deepEqual(told, ["internal", "internal"], step);
  }
});

function request(method: string): [string, string][] {
  return [
    [":method", method],
    [":scheme", "https"],
    [":authority", "allowed.example"],
    [":path", "/"],
  ];
}
