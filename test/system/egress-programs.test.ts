// A Go and a Java program inside a sandbox with an allowlist, compiled and started as every such program is. Issue 3, "It shows".
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, testClient } from "../support/egress/client.js";
import { lacking } from "../support/egress/tools.js";
import { fileCleanup, makeSharedFolder, openWorld } from "../support/egress/world.js";
import { exec } from "../support/exec.js";
import { ROOT } from "../support/repository.js";
import type { Stage } from "../support/stage.js";

const SOURCES = join(ROOT, "test/support/egress/programs");
/** Of "abc". */
const DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

const cleanup = fileCleanup();
const world = await openWorld(cleanup);

/** The compiled program; outside, once. */
const compiled = await compile();

async function compile(): Promise<string> {
  const folder = makeSharedFolder(cleanup);
  const program = join(folder, "program");
  if ((await lacking(["go"])) !== undefined) return program;
  const env = { HOME: folder, GOCACHE: join(folder, "cache"), CGO_ENABLED: "0", GO111MODULE: "off", GOFLAGS: "" };
  const built = await exec(["go", "build", "-o", program, join(SOURCES, "main.go")], { env, timeoutMs: 240_000 });
  if (built.code !== 0) throw new Error(built.stderr);
  return program;
}

function bring(stage: Stage, from: string, name: string): void {
  copyFileSync(from, join(stage.workspace, name));
  stage.own(join(stage.workspace, name));
}

const GO: Client = {
  name: "a Go program",
  needs: ["go"],
  script: "./program",
  prints: new RegExp(`2 hello from the origin\\n2 ${DIGEST}`),
  request: /^GET \/files\/hello 2\.0[\s\S]*^POST \/files\/digest 2\.0/m,
  ways: ["tunnel", "inspected"],
  knowsProxies: true,
  prepare: (stage) => bring(stage, compiled, "program"),
};

/** Java reads no proxy variables: it is always caught on its way. */
const JAVA: Client = {
  name: "a Java program",
  needs: ["java", "javac"],
  script: "java Main.java",
  prints: new RegExp(`old hello from the origin\\nHTTP_2 200 ${DIGEST}`),
  request: /^GET \/files\/hello 1\.1[\s\S]*^POST \/files\/digest 2\.0/m,
  ways: ["tunnel", "inspected"],
  knowsProxies: false,
  prepare: (stage) => bring(stage, join(SOURCES, "Main.java"), "Main.java"),
};

for (const client of [GO, JAVA]) testClient(client, { world, service: world.site("files.test") });
