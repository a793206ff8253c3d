// Python inside a sandbox with an allowlist: urllib, requests, httpx, aiohttp, grpcio. Issue 3, "It shows".
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, testClient } from "../support/egress/client.js";
import { openGrpc } from "../support/egress/grpc-server.js";
import { PYTHON } from "../support/egress/tools.js";
import { fileCleanup, openWorld } from "../support/egress/world.js";
import { ROOT } from "../support/repository.js";

/** Of "abc". */
const DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const BASE = 'import os; base = os.environ["BASE"]';

function program(name: string, lines: readonly string[], knowsProxies = true): Client {
  return {
    name,
    needs: [PYTHON],
    script: `${PYTHON} program.py`,
    prints: new RegExp(`hello from the origin\\s+${DIGEST}`),
    request: /^GET \/files\/hello[\s\S]*^POST \/files\/digest/m,
    ways: ["tunnel", "inspected"],
    knowsProxies,
    prepare: (stage) => stage.write("workspace/program.py", `${[BASE, ...lines].join("\n")}\n`),
  };
}

const aiohttp = (session: string): readonly string[] => [
  "import aiohttp, asyncio",
  "async def main():",
  `    async with aiohttp.ClientSession(${session}timeout=aiohttp.ClientTimeout(20), raise_for_status=True) as session:`,
  '        async with session.get(base + "/files/hello") as answer: print(await answer.text())',
  '        async with session.post(base + "/files/digest", data=b"abc") as answer: print(await answer.text())',
  "asyncio.run(main())",
];

const HTTP: readonly Client[] = [
  program("urllib", [
    "from urllib.request import urlopen",
    'print(urlopen(base + "/files/hello", timeout=20).read().decode())',
    'print(urlopen(base + "/files/digest", data=b"abc", timeout=20).read().decode())',
  ]),
  program("requests", [
    "import requests",
    "session = requests.Session()",
    'for answer in (session.get(base + "/files/hello", timeout=20), session.post(base + "/files/digest", data=iter([b"ab", b"c"]), timeout=20)):',
    "    answer.raise_for_status()",
    "    print(answer.text)",
  ]),
  program("httpx, with HTTP/2", [
    "import httpx",
    "with httpx.Client(http2=True, timeout=20) as client:",
    '    for answer in (client.get(base + "/files/hello"), client.post(base + "/files/digest", content=b"abc")):',
    '        assert answer.is_success and answer.http_version == "HTTP/2", (answer.status_code, answer.http_version)',
    "        print(answer.text)",
  ]),
  program("aiohttp", aiohttp(""), false),
  program("aiohttp that reads the environment", aiohttp("trust_env=True, ")),
];

const GRPC: Client = {
  name: "grpcio, one call and a stream in both directions",
  needs: [PYTHON],
  script: `${PYTHON} program.py`,
  prints: /^one 3\ntwo\nthree\n0 more$/m,
  request: /^Say one\nChat two\nChat three$/m,
  ways: ["tunnel", "inspected"],
  knowsProxies: true,
  asRoot: true,
  prepare: (stage) => {
    const path = join(stage.workspace, "program.py");
    copyFileSync(join(ROOT, "test/support/egress/programs/grpc_client.py"), path);
    stage.own(path);
  },
};

const cleanup = fileCleanup();
const world = await openWorld(cleanup);

const grpc = await openGrpc(cleanup, world);

for (const client of HTTP) testClient(client, { world, service: world.site("files.test") });
testClient(GRPC, { world, service: grpc });
