import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttps } from "node:https";
import { after, before, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { HOST, TlsLabs, tls } from "./testing/tls-lab.js";

let labs: TlsLabs;
before(async () => {
  labs = await TlsLabs.make();
});
after(() => labs.close());

test("HTTP/1.1 over opened TLS is judged by request and sent on over verified TLS", async () => {
  const upstream = createHttps(labs.certified(), (request, response) => response.end(`saw ${request.url}`));
  const lab = await labs.open({ upstream, rules: [{ inspect: true, paths: ["/ok/**"] }] });
  const client = await tls(lab, ["http/1.1"]);
  client.write(`GET /ok/1 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 200 OK[\s\S]*saw \/ok\/1/);
  client.write(`GET /no HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 403 Blocked by Cordon[\s\S]*x-cordon-code: path/);
  client.write(`GET /ok/1 HTTP/1.1\r\nHost: evil.example\r\n\r\n`);
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 403 [\s\S]*x-cordon-code: name-mismatch/);
  assert.equal(lab.upstreamSockets.length, 1);
});

test("an upstream whose certificate is for another name is a 502, for the right reason", async () => {
  const upstream = createHttps(labs.certified("evil.example"), (_request, response) => response.end("evil"));
  const lab = await labs.open({ upstream });
  const client = await tls(lab);
  client.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 502 [\s\S]*x-cordon-code: upstream-tls/);
});

test("a server name that differs from the target closes the connection", async () => {
  const lab = await labs.open({ sni: "evil.example" });
  const client = await lab.client("inspected");
  client.write("x");
  await once(client.resume(), "end");
  assert.equal(lab.told[0]?.code, "name-mismatch");
  assert.deepEqual(lab.dialled, []);
});

test("a record that can't be decrypted ends the connection", async () => {
  const lab = await labs.open({ upstream: createHttps(labs.certified()) });
  const raw = await lab.client("inspected");
  const client = connectTls({ socket: raw, servername: HOST, ca: lab.authority.certificatePem });
  client.on("error", () => undefined);
  await once(client, "secureConnect");
  raw.write(Buffer.from([23, 3, 3, 0, 32, ...Buffer.alloc(32)]));
  const [upstream] = lab.upstreamSockets;
  if (upstream?.destroyed === false) await once(upstream.resume(), "close");
});

test("a client that offers only HTTP/1.1 gets it from an upstream that speaks both", async () => {
  const lab = await labs.open({ upstream: labs.h2Server((stream) => stream.end()) });
  assert.equal((await tls(lab, ["http/1.1"])).alpnProtocol, "http/1.1");
});

test("a client that offers both gets HTTP/1.1 from an upstream that speaks only that", async () => {
  const lab = await labs.open({ upstream: createHttps(labs.certified(), (_request, response) => response.end("one")) });
  assert.equal((await tls(lab, ["h2", "http/1.1"])).alpnProtocol, "http/1.1");
});

test("a WebSocket over opened TLS passes", async () => {
  const upstream = createHttps(labs.certified());
  upstream.on("upgrade", (_request, socket) => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    socket.pipe(socket);
  });
  const lab = await labs.open({ upstream });
  const client = await tls(lab, ["http/1.1"]);
  client.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  assert.match(String((await once(client, "data"))[0]), /^HTTP\/1\.1 101 /);
  client.write("frame");
  assert.equal(String((await once(client, "data"))[0]), "frame");
});
