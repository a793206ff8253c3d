// Node inside a sandbox with an allowlist: its own fetch, https and http2, and the ws package. Issue 3, "It shows".

import { type Client, testClient } from "../support/egress/client.js";
import { WS } from "../support/egress/tools.js";
import { fileCleanup, openWorld } from "../support/egress/world.js";
import { exec } from "../support/exec.js";

/** Of "abc". */
const DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/** The Node that programs find, which needn't be the one that runs the tests. */
const found = await exec(["node", "-p", "process.versions.node"]);
/** From 22.21 and 24 on, `fetch` reads the proxy variables when NODE_USE_ENV_PROXY asks for it. */
const [major = 0, minor = 0] = found.stdout.trim().split(".").map(Number);
const READS_VARIABLES = major >= 24 || (major === 22 && minor >= 21);

function program(name: string, lines: readonly string[], more: Partial<Client> = {}): Client {
  return {
    name,
    needs: ["node"],
    script: "node program.mjs",
    prints: new RegExp(`hello from the origin\\s+${DIGEST}`),
    request: /^GET \/files\/hello[\s\S]*^POST \/files\/digest/m,
    ways: ["tunnel", "inspected"],
    knowsProxies: false,
    prepare: (stage) => stage.write("workspace/program.mjs", `const { BASE } = process.env;\n${lines.join("\n")}\n`),
    ...more,
  };
}

const FETCH = program(
  "Node's fetch",
  [
    'console.log(await (await fetch(BASE + "/files/hello", { signal: AbortSignal.timeout(20000) })).text());',
    'async function* parts() { yield Buffer.from("ab"); yield Buffer.from("c"); }',
    'const sent = { method: "POST", body: parts(), duplex: "half", signal: AbortSignal.timeout(20000) };',
    'console.log(await (await fetch(BASE + "/files/digest", sent)).text());',
  ],
  { knowsProxies: READS_VARIABLES },
);

const HTTP2 = program("Node's http2, two streams in one session", [
  'import { connect } from "node:http2";',
  'import { text } from "node:stream/consumers";',
  "const session = connect(BASE);",
  "const timer = setTimeout(() => process.exit(9), 20000);",
  'const get = session.request({ ":path": "/files/hello" });',
  "console.log(await text(get));",
  'const post = session.request({ ":method": "POST", ":path": "/files/digest" });',
  'post.write("ab");',
  'post.end("c");',
  "console.log(await text(post));",
  "clearTimeout(timer);",
  "session.close();",
]);

const SOCKET = program(
  "the ws package",
  [
    'import { createRequire } from "node:module";',
    `const { WebSocket } = createRequire(import.meta.url)(${JSON.stringify(WS)});`,
    'const socket = new WebSocket(BASE.replace("http", "ws") + "/socket", { handshakeTimeout: 20000 });',
    'socket.on("open", () => socket.send("first"));',
    'socket.on("message", (data) => { console.log("echo", String(data)); if (String(data) === "first") socket.send("second"); else socket.close(); });',
    'socket.on("close", (code) => console.log("closed", code));',
  ],
  {
    needs: ["node", WS],
    prints: /echo first\necho second\nclosed 1005/,
    request: /^UPGRADE \/socket/m,
    ways: ["tunnel", "inspected", "plain"],
  },
);

const world = await openWorld(fileCleanup());

for (const client of [FETCH, HTTP2, SOCKET]) testClient(client, { world, service: world.site("files.test") });
