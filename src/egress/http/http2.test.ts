import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerHttp2Stream } from "node:http2";
import { after, before, test } from "node:test";
import { ask, HOST, http2, TlsLabs } from "./testing/tls-lab.js";

let labs: TlsLabs;
before(async () => {
  labs = await TlsLabs.make();
});
after(() => labs.close());

test("each HTTP/2 stream is judged by itself and mapped to one of the upstream", async () => {
  const lab = await labs.open({
    rules: [{ inspect: true, paths: ["/a"] }],
    upstream: labs.h2Server((stream, headers) => {
      stream.respond({ ":status": 200, "set-cookie": ["a=1", "b=2"], "alt-svc": "h3" });
      stream.end(`${headers[":path"]} ${headers[":authority"]} ${headers["cookie"]}`);
    }),
  });
  const session = await http2(lab);
  const all = await Promise.all([
    ask(session, { ":path": "/a", cookie: "x=1" }),
    ask(session, { ":path": "/b" }),
    ask(session, { ":path": "/a", ":authority": "evil.example" }),
    ask(session, { ":path": "/a", host: "evil.example" }),
    ask(session, { ":path": "/a", ":scheme": "http" }),
  ]);
  assert.deepEqual(
    all.map(({ status }) => status),
    [200, 403, 403, 403, 400],
  );
  assert.equal(all[0]?.body, `/a ${HOST}:443 x=1`);
  assert.deepEqual(all[0]?.headers["set-cookie"], ["a=1", "b=2"]);
  assert.equal(all[0]?.headers["alt-svc"], undefined);
  assert.equal(lab.upstreamSockets.length, 1);
  session.close();
});

test("gRPC works: bytes both ways at a time, trailers, and a denial that it understands", async () => {
  const lab = await labs.open({
    rules: [{ inspect: true, paths: ["/echo.Echo/*"] }],
    upstream: labs.h2Server((stream, headers) => {
      assert.equal(headers["te"], "trailers");
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.pipe(stream);
    }),
  });
  const session = await http2(lab);
  const grpc = { ":method": "POST", "content-type": "application/grpc", te: "trailers" };
  const call = session.request({ ...grpc, ":path": "/echo.Echo/Stream" });
  await once(call, "response");
  for (const word of ["one", "two"]) {
    call.write(word);
    assert.equal(String((await once(call, "data"))[0]), word);
  }
  call.end();
  const [trailers] = await once(call, "trailers");
  assert.equal(trailers["grpc-status"], "0");
  const denied = await ask(session, { ...grpc, ":path": "/other.Service/Call" }, "x");
  assert.equal(denied.status, 200);
  assert.equal(denied.headers["grpc-status"], "7");
  assert.match(String(denied.headers["grpc-message"]), /isn't allowed/);
  session.close();
});

test("trailers of an HTTP/2 request go on", async () => {
  const lab = await labs.open({
    upstream: labs.h2Server((stream) => {
      stream.on("trailers", (trailers) => {
        stream.respond({ ":status": 200 });
        stream.end(String(trailers["x-sum"]));
      });
      stream.resume();
    }),
  });
  const session = await http2(lab);
  const stream = session.request({ ":method": "POST", ":path": "/" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "7" }));
  stream.end("body");
  stream.setEncoding("utf8");
  assert.equal(String((await once(stream, "data"))[0]), "7");
  session.close();
});

test("an HTTP/2 client without an upstream is told why", async () => {
  const lab = await labs.open({
    context: {
      dialer: {
        dial: () => Promise.resolve({ allowed: false, code: "address", reason: "a private address" }),
      },
    },
  });
  const session = await http2(lab);
  const got = await ask(session, {});
  assert.equal(got.status, 403);
  assert.equal(got.headers["x-cordon-code"], "address");
  session.close();
});

test("an upstream stream that is reset is reset for the client, one that the client resets for the upstream", async () => {
  const seen: ServerHttp2Stream[] = [];
  const lab = await labs.open({
    upstream: labs.h2Server((stream, headers) => {
      seen.push(stream);
      if (headers[":path"] !== "/reset") return;
      stream.respond({ ":status": 200 });
      stream.write("part", () => stream.destroy(new Error("reset")));
    }),
  });
  const session = await http2(lab);
  await assert.rejects(ask(session, { ":path": "/reset" }), /NGHTTP2_INTERNAL_ERROR/);
  const waiting = session.request({ ":path": "/wait" });
  waiting.on("error", () => undefined);
  while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
  waiting.close(8);
  const [, upstream] = seen;
  if (upstream?.closed === false) await new Promise((resolve) => upstream.once("close", resolve));
  session.destroy();
});

test("a request that is reset in its body never looks complete to the server", async () => {
  const ended: boolean[] = [];
  const lab = await labs.open({
    upstream: labs.h2Server((stream) => {
      stream.on("end", () => {
        ended.push(!stream.aborted && !stream.rstCode);
        if (!stream.destroyed && !stream.closed) stream.respond({ ":status": 200 }, { endStream: true });
      });
      stream.resume();
    }),
  });
  const session = await http2(lab);
  const stream = session.request({ ":method": "POST", ":path": "/" });
  stream.on("error", () => undefined);
  const closed = once(stream, "close");
  stream.write("part", () => stream.close(8));
  await closed;
  assert.equal((await ask(session, { ":method": "POST" }, "whole")).status, 200);
  assert.deepEqual(ended, [true]);
  session.close();
});

test("a client that begins and gives up streams without end is cut off", async () => {
  const lab = await labs.open({ upstream: labs.h2Server(() => undefined) });
  const session = await http2(lab);
  // Its upstream goes with it.
  const [socket] = lab.upstreamSockets;
  assert.ok(socket !== undefined);
  const closed = once(socket, "close");
  const flood = setInterval(() => {
    for (let count = 0; count < 50 && !session.closed; count += 1) {
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => undefined);
      setImmediate(() => stream.close(8));
    }
  }, 5);
  await closed;
  clearInterval(flood);
  session.destroy();
});
