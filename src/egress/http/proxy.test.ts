import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { inLab } from "./testing/lab.js";

test("CONNECT to an allowed target is answered and handed on, with the bytes that came behind it", () =>
  inLab({}, async (lab) => {
    const got = await lab.raw(
      "proxy",
      "CONNECT allowed.example:443 HTTP/1.1\r\nHost: allowed.example:443\r\n\r\nearly",
    );
    assert.equal(got, "HTTP/1.1 200 Connection established\r\n\r\nearly");
    assert.deepEqual(lab.connected, [{ host: "allowed.example", port: 443 }]);
  }));

test("CONNECT is judged by its canonical target alone", () =>
  inLab({}, async (lab) => {
    const ask = (to: string, more = "") => lab.raw("proxy", `CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n${more}\r\n`);
    assert.match(await ask("evil.example:443"), /^HTTP\/1\.1 403 Blocked by Cordon\r\n[\s\S]*x-cordon-code: no-rule/);
    assert.match(await ask("allowed.example:22"), /^HTTP\/1\.1 403 [\s\S]*x-cordon-code: port/);
    assert.match(await ask("allowed.example.:443"), /^HTTP\/1\.1 400 /);
    assert.match(await ask("[allowed.example]:443"), /^HTTP\/1\.1 400 /);
    assert.match(await ask("x@allowed.example:443"), /^HTTP\/1\.1 400 /);
    assert.match(await ask("evil.example:443", "X-Forwarded-Host: allowed.example\r\n"), /^HTTP\/1\.1 403 /);
    assert.match(await ask("evil.example:443", "Proxy-Authorization: Basic YWxsb3c6bWU=\r\n"), /^HTTP\/1\.1 403 /);
    assert.deepEqual(lab.connected, []);
    await ask("ALLOWED.example:443", "Proxy-Authorization: Basic eA==\r\n");
    assert.deepEqual(lab.connected, [{ host: "allowed.example", port: 443 }]);
    assert.match(
      await lab.raw("proxy", "CONNECT allowed.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n"),
      /^HTTP\/1\.1 403 [\s\S]*name-mismatch/,
    );
    assert.match(await lab.raw("proxy", "CONNECT allowed.example:443 HTTP/1.0\r\n\r\n"), /^HTTP\/1\.1 200 /);
  }));

test("CONNECT belongs to the proxy port", () =>
  inLab({}, async (lab) => {
    assert.match(await lab.raw("plain", "CONNECT allowed.example:443 HTTP/1.1\r\nHost: a\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.deepEqual(lab.connected, []);
  }));

test("addresses in the request line go to their own target, one after the other", () =>
  inLab({ rules: [{}, { host: "other.example", ports: [8080] }] }, async (lab) => {
    const ask = (host: string) => `GET http://${host}/p?q HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    const hosts = ["allowed.example", "other.example:8080", "evil.example", "allowed.example", "allowed.example"];
    const got = await lab.raw("proxy", hosts.map(ask).join(""));
    assert.deepEqual(
      got.match(/HTTP\/1\.1 \d+/g),
      [200, 200, 403, 200, 200].map((code) => `HTTP/1.1 ${code}`),
    );
    assert.deepEqual(lab.dialled, ["allowed.example:80", "other.example:8080", "allowed.example:80"]);
    assert.deepEqual(
      lab.collected.map(({ url }) => url),
      ["/p?q", "/p?q", "/p?q", "/p?q"],
    );
    assert.deepEqual(
      lab.told.filter(({ kind }) => kind === "denied").map(({ target }) => target),
      ["evil.example:80"],
    );
  }));

test("an address in the request line and a Host that differs are refused", () =>
  inLab({ rules: [{}, { host: "other.example" }] }, async (lab) => {
    const got = await lab.raw("proxy", "GET http://allowed.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n");
    assert.match(got, /^HTTP\/1\.1 403 [\s\S]*name-mismatch/);
    assert.deepEqual(lab.collected, []);
  }));

test("other forms at the proxy port are refused with a hint", () =>
  inLab({}, async (lab) => {
    assert.match(
      await lab.raw("proxy", "GET / HTTP/1.1\r\nHost: allowed.example\r\n\r\n"),
      /^HTTP\/1\.1 400 [\s\S]*is a proxy/,
    );
    assert.match(
      await lab.raw("proxy", "GET https://allowed.example/ HTTP/1.1\r\nHost: allowed.example\r\n\r\n"),
      /^HTTP\/1\.1 400 [\s\S]*by CONNECT/,
    );
    assert.match(
      await lab.raw("proxy", "GET ftp://allowed.example/ HTTP/1.1\r\nHost: allowed.example\r\n\r\n"),
      /^HTTP\/1\.1 400 /,
    );
    assert.deepEqual(lab.dialled, []);
  }));

test("connections of the proxy port count, once each, and give their place back", () =>
  inLab({ limits: { connections: 1 } }, async (lab) => {
    const ask = "GET http://allowed.example/ HTTP/1.1\r\nHost: allowed.example\r\n\r\n";
    const first = await lab.client("proxy");
    first.write(ask);
    await once(first, "data");
    assert.match(await lab.raw("proxy", ask), /^HTTP\/1\.1 429 [\s\S]*x-cordon-code: connections/);
    first.destroy();
    while (!(await lab.raw("proxy", ask)).startsWith("HTTP/1.1 200")) assert.ok(lab.told.length < 50);
  }));

const WEBSOCKET =
  "GET /chat HTTP/1.1\r\nHost: allowed.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n\r\n";

function echoing() {
  const upstream = createServer((_request, response) => response.end("no"));
  upstream.on("upgrade", (request, socket, first) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${request.headers.upgrade}\r\nConnection: Upgrade\r\nX-Path: ${request.url}\r\n\r\nhi`,
    );
    if (first.length > 0) socket.write(first);
    socket.pipe(socket);
  });
  return upstream;
}

test("a WebSocket is opened and its bytes pass both ways", () =>
  inLab({ upstream: echoing() }, async (lab) => {
    const client = await lab.client("plain");
    client.write(`${WEBSOCKET}first`);
    let got = "";
    while (!got.endsWith("hifirst")) got += String((await once(client, "data"))[0]);
    assert.match(got, /^HTTP\/1\.1 101 Switching Protocols\r\n[\s\S]*X-Path: \/chat\r\n/);
    client.write("more");
    while (!got.endsWith("more")) got += String((await once(client, "data"))[0]);
    client.end();
    await once(client, "close");
  }));

test("a WebSocket's bytes count", () =>
  inLab({ upstream: echoing(), limits: { uploadBytes: 1000 } }, async (lab) => {
    const client = await lab.client("plain");
    client.write(WEBSOCKET);
    await once(client, "data");
    client.write(Buffer.alloc(2000));
    await once(client.resume(), "end");
    assert.equal(lab.told.at(-1)?.code, "quota");
  }));

test("a WebSocket to another host, or one that the server declines, gets an ordinary answer", () =>
  inLab({}, async (lab) => {
    assert.match(await lab.raw("plain", WEBSOCKET.replace("allowed.", "evil.")), /^HTTP\/1\.1 403 /);
    assert.match(await lab.raw("plain", WEBSOCKET), /^HTTP\/1\.1 200 [\s\S]*collected/);
    assert.equal(lab.collected.length, 1);
  }));

test("an upgrade to h2c is taken out of a request, whose body and successors are served", () =>
  inLab({ upstream: undefined }, async (lab) => {
    const wish = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    const got = await lab.raw(
      "plain",
      `POST /1 HTTP/1.1\r\nHost: allowed.example\r\n${wish}Content-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: allowed.example\r\n\r\n`,
    );
    assert.equal(got.match(/HTTP\/1\.1 200/g)?.length, 2);
    assert.deepEqual(
      lab.collected.map(({ url, body }) => url + body),
      ["/1abc", "/2"],
    );
    assert.ok(lab.collected.every(({ headers }) => !headers.some((word) => /h2c|settings/i.test(word))));
  }));
