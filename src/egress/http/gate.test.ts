import assert from "node:assert/strict";
import { once } from "node:events";
import { request as makeRequest } from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import { inLab } from "./testing/lab.js";

test("an allowed request reaches the server with its path, header order and case as they were", () =>
  inLab({}, async (lab) => {
    const got = await lab.raw(
      "plain",
      "GET /a%20b?q=1&r=%2F HTTP/1.1\r\nX-One: 1\r\nhOst: allowed.example\r\nx-one: 2\r\n\r\n",
    );
    assert.match(got, /^HTTP\/1\.1 200 OK\r\n[\s\S]*collected/);
    const [one] = lab.collected;
    assert.equal(one?.url, "/a%20b?q=1&r=%2F");
    assert.deepEqual(one?.headers.slice(0, 6), ["X-One", "1", "hOst", "allowed.example", "x-one", "2"]);
    assert.deepEqual(lab.told, [
      { ...lab.told[0], kind: "allowed", target: "allowed.example:80", method: "GET", path: "/a%20b" },
    ]);
  }));

test("a request for another host is refused with a reason and never reaches the server", () =>
  inLab({}, async (lab) => {
    const got = await lab.raw("plain", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert.match(got, /^HTTP\/1\.1 403 Blocked by Cordon\r\n/);
    assert.match(got, /x-cordon-code: name-mismatch\r\n/);
    assert.match(got, /cache-control: no-store\r\n/);
    assert.deepEqual(lab.collected, []);
    assert.equal(lab.told[0]?.code, "name-mismatch");
  }));

test("requests of one connection are served in order over one upstream connection", () =>
  inLab({}, async (lab) => {
    const one = (path: string) => `GET ${path} HTTP/1.1\r\nHost: allowed.example\r\n\r\n`;
    const got = await lab.raw("plain", one("/1") + one("/2") + one("/3"));
    assert.equal(got.match(/HTTP\/1\.1 200/g)?.length, 3);
    assert.deepEqual(
      lab.collected.map(({ url }) => url),
      ["/1", "/2", "/3"],
    );
    assert.equal(lab.upstreamSockets.length, 1);
  }));

test("the host is compared for every request of a connection", () =>
  inLab({}, async (lab) => {
    const one = (host: string) => `GET /${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const got = await lab.raw("plain", one("allowed.example") + one("evil.example") + one("ALLOWED.example:80"));
    assert.deepEqual(got.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 200", "HTTP/1.1 403", "HTTP/1.1 200"]);
    assert.equal(lab.collected.length, 2);
  }));

test("bodies and trailers go on, framing is written anew", () =>
  inLab({}, async (lab) => {
    const head = "POST /up HTTP/1.1\r\nHost: allowed.example\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n";
    await lab.raw("plain", `${head}3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\nHost: evil.example\r\n\r\n`);
    const [one] = lab.collected;
    assert.equal(one?.body, "abcde");
    assert.deepEqual(one?.trailers, ["X-Sum", "5"]);
    assert.ok(one?.headers.includes("TE"));
  }));

test("a POST without a body says so", () =>
  inLab({}, async (lab) => {
    await lab.raw("plain", "POST /up HTTP/1.1\r\nHost: allowed.example\r\n\r\n");
    assert.deepEqual(lab.collected[0]?.headers.slice(2, 4), ["Content-Length", "0"]);
  }));

test("what speaks to a proxy ends here", () =>
  inLab({}, async (lab) => {
    const fields =
      "Proxy-Authorization: Basic eA==\r\nProxy-Connection: keep-alive\r\nConnection: x-own, close\r\nX-Own: 1\r\nKeep-Alive: 3\r\n";
    await lab.raw("plain", `GET / HTTP/1.1\r\nHost: allowed.example\r\n${fields}\r\n`);
    const names = lab.collected[0]?.headers.filter((_, index) => index % 2 === 0);
    assert.deepEqual(names, ["Host", "Connection"]);
  }));

test("100-continue is the server's to say", () =>
  inLab(
    {
      answering: (request, response) => {
        response.writeContinue();
        request.on("end", () => response.end("done")).resume();
      },
    },
    async (lab) => {
      const client = await lab.client("plain");
      client.write("POST / HTTP/1.1\r\nHost: allowed.example\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
      const [first] = await once(client, "data");
      assert.equal(String(first), "HTTP/1.1 100 Continue\r\n\r\n");
      client.write("abc");
      const [second] = await once(client, "data");
      assert.match(String(second), /^HTTP\/1\.1 200 OK/);
      assert.equal(lab.collected[0]?.body, "abc");
    },
  ));

test("server-sent events arrive one by one, their head before the first", () =>
  inLab(
    {
      answering: (_request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.flushHeaders();
        response.socket?.once("data", () => undefined);
        setImmediate(() => response.write("data: 1\n\n"));
      },
    },
    async (lab) => {
      const client = await lab.client("plain");
      client.write("GET / HTTP/1.1\r\nHost: allowed.example\r\n\r\n");
      let got = "";
      while (!got.includes("data: 1")) got += String((await once(client, "data"))[0]);
      assert.match(got, /text\/event-stream/);
    },
  ));

test("a client that leaves takes the upstream request with it", () =>
  inLab({ answering: () => undefined }, async (lab) => {
    const client = await lab.client("plain");
    client.write("GET / HTTP/1.1\r\nHost: allowed.example\r\n\r\n");
    while (lab.upstreamSockets.length === 0 || lab.collected.length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    const [upstream] = lab.upstreamSockets;
    assert.ok(upstream !== undefined);
    client.destroy();
    if (!upstream.destroyed) await once(upstream, "close");
  }));

test("an upstream that breaks off is a 502 before its response and a cut connection in it", () =>
  inLab(
    {
      answering: (request, response) => {
        if (request.url === "/in") response.write("part", () => response.destroy());
        else response.destroy();
      },
    },
    async (lab) => {
      const early = await lab.raw("plain", "GET / HTTP/1.1\r\nHost: allowed.example\r\n\r\n");
      assert.match(early, /^HTTP\/1\.1 502 Upstream Failed\r\n[\s\S]*x-cordon-code: unreachable/);
      const late = await lab.raw("plain", "GET /in HTTP/1.1\r\nHost: allowed.example\r\n\r\n");
      assert.doesNotMatch(late, /\r\n0\r\n/);
    },
  ));

test("a server that closes a connection which has served before closes the client's as well", () => {
  const upstream = createServer((socket) => {
    let requests = 0;
    socket
      .on("error", () => undefined)
      .on("data", () => {
        requests += 1;
        if (requests === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        else socket.destroy();
      });
  });
  return inLab({ upstream }, async (lab) => {
    const client = await lab.client("plain");
    client.write("GET /1 HTTP/1.1\r\nHost: allowed.example\r\n\r\n");
    assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 200/);
    let more = "";
    client.on("data", (chunk: Buffer) => {
      more += String(chunk);
    });
    client.write("GET /2 HTTP/1.1\r\nHost: allowed.example\r\n\r\n");
    await once(client, "end");
    assert.doesNotMatch(more, /HTTP/);
  });
});

test("HEAD, 204 and 304 have no body and keep their headers", () =>
  inLab(
    {
      answering: (request, response) => {
        const status = Number(request.url?.slice(1));
        response.writeHead(status, status === 200 ? { "content-length": "5" } : { etag: "x" });
        response.end(status === 200 ? "hello" : undefined);
      },
    },
    async (lab) => {
      const ask = (method: string, path: string) => `${method} ${path} HTTP/1.1\r\nHost: allowed.example\r\n\r\n`;
      const got = await lab.raw(
        "plain",
        ask("HEAD", "/200") + ask("GET", "/204") + ask("GET", "/304") + ask("GET", "/200"),
      );
      assert.deepEqual(got.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 200", "HTTP/1.1 204", "HTTP/1.1 304", "HTTP/1.1 200"]);
      assert.equal(got.match(/ontent-[lL]ength: 5/g)?.length, 2);
      assert.ok(got.endsWith("\r\n\r\nhello"));
    },
  ));

test("trailers of a response come back", () =>
  inLab(
    {
      answering: (_request, response) => {
        response.writeHead(200, { trailer: "x-sum" });
        response.write("a");
        response.addTrailers({ "x-sum": "1" });
        response.end();
      },
    },
    async (lab) => {
      const got = await lab.raw("plain", "GET / HTTP/1.1\r\nHost: allowed.example\r\n\r\n");
      assert.match(got, /\r\n0\r\nx-sum: 1\r\n\r\n$/);
    },
  ));

test("an upload beyond its limit is a 413, whether its length is announced or not", () =>
  inLab({ rules: [{ maxUploadBytes: 4 }] }, async (lab) => {
    const head = "POST / HTTP/1.1\r\nHost: allowed.example\r\n";
    assert.match(await lab.raw("plain", `${head}Content-Length: 5\r\n\r\nabcde`), /^HTTP\/1\.1 413/);
    assert.deepEqual(lab.dialled, []);
    const got = await lab.raw("plain", `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`);
    assert.match(got, /^HTTP\/1\.1 413/);
    assert.ok(lab.collected.every(({ complete }) => !complete));
    assert.match(await lab.raw("plain", `${head}Content-Length: 4\r\n\r\nabcd`), /^HTTP\/1\.1 200/);
  }));

test("too many requests are a 429 that says when to try again", () =>
  inLab({ rules: [{ rate: { count: 1, perMs: 60_000 } }] }, async (lab) => {
    const one = "GET / HTTP/1.1\r\nHost: allowed.example\r\n\r\n";
    const got = await lab.raw("plain", one + one);
    assert.match(got, /HTTP\/1\.1 429[\s\S]*retry-after: 60\r\n/);
    assert.equal(lab.collected.length, 1);
  }));

test("a refusal is JSON for who asks for JSON", () =>
  inLab({}, async (lab) => {
    const got = await lab.raw("plain", "GET / HTTP/1.1\r\nHost: evil.example\r\nAccept: application/json\r\n\r\n");
    assert.equal(JSON.parse(got.slice(got.indexOf("\r\n\r\n"))).code, "name-mismatch");
  }));

test("a client that is still sending gets to read its refusal", () =>
  inLab({}, async (lab) => {
    const client = await lab.client("plain");
    client.write("POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 10000000\r\n\r\n");
    const sending = setInterval(() => client.write(Buffer.alloc(65536)), 1);
    const [first] = await once(client, "data");
    clearInterval(sending);
    assert.match(String(first), /^HTTP\/1\.1 403 [\s\S]*connection: close/);
  }));

test("a request that waits for a stalled server holds only buffers of fixed size", () =>
  inLab({ answering: (request) => request.pause() }, async (lab) => {
    const client = await lab.client("plain");
    const request = makeRequest({
      createConnection: () => client,
      method: "POST",
      headers: { host: "allowed.example" },
    });
    request.on("error", () => undefined);
    let written = 0;
    while (request.write(Buffer.alloc(1 << 20)) || (await drained(request))) written += 1 << 20;
    assert.ok(written < 64 << 20, `${written}`);
    request.destroy();
  }));

async function drained(stream: NodeJS.WritableStream): Promise<boolean> {
  const quiet = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 500));
  return Promise.race([once(stream, "drain").then(() => true), quiet]);
}
