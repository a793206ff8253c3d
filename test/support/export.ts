// For the tests of `cordon export`: files of an export, and attacks that each exported sandbox must withstand. Each is first shown to
// work without the sandbox, and its success is judged from outside.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { cordonArgv, describeResult, type ExecOptions, exec, type Result } from "./exec.js";
import type { Identity } from "./identity.js";
import { type Cleanup, makeStage, type Stage } from "./stage.js";

export interface ExportRequest {
  readonly policy?: string;
  readonly flags?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The paths of the files that an export wrote into a folder of the stage. */
export async function exportFiles(
  stage: Stage,
  kind: string,
  { policy = "version: 1\nname: test\n", flags = [], command = [], env = {} }: ExportRequest = {},
): Promise<readonly string[]> {
  const file = stage.write("exported.yaml", policy);
  const folder = stage.makeDirectory(`exported/${readdirSync(stage.makeDirectory("exported")).length}`);
  const words = ["--policy", file, "--workspace", stage.workspace, "--output", folder, ...flags, "--", ...command];
  const result = await exec(cordonArgv("export", kind, ...words), {
    identity: stage.identity,
    cwd: stage.workspace,
    env,
  });
  assert.equal(result.code, 0, describeResult(result));
  return readdirSync(folder).map((name) => join(folder, name));
}

/** The only file, or the one of an ending. */
export function fileOf(paths: readonly string[], ending = ""): string {
  const found = paths.filter((path) => path.endsWith(ending));
  assert.equal(found.length, 1, `one file *${ending} among ${paths.join(", ")}`);
  return found[0] ?? "";
}

/** Runs a script of `sh` in the sandbox. */
export type RunInside = (stage: Stage, script: string, options?: ExecOptions) => Promise<Result>;

/** A staged world with things to steal and to break. */
export interface Target {
  readonly stage: Stage;
  /** Lies in the real home of the user. */
  readonly homeFile: string;
  readonly hook: string;
  readonly port: number;
  reached(): number;
}

export const HOOK = "#!/bin/sh\necho harmless\n";

export async function makeTarget(cleanup: Cleanup, identity: Identity): Promise<Target> {
  const stage = makeStage(cleanup, identity);
  const homeFile = join(identity.home, `.cordon-test-${stage.secret.slice(-12)}`);
  writeFileSync(homeFile, stage.secret);
  cleanup.after(() => rmSync(homeFile, { force: true }));
  stage.write("beside/secret", stage.secret);
  stage.write("workspace/.git/HEAD", "ref: refs/heads/main\n");
  stage.makeDirectory("workspace/.git/objects");
  stage.makeDirectory("workspace/.git/refs");
  const hook = stage.write("workspace/.git/hooks/pre-commit", HOOK, 0o755);
  stage.write("workspace/.env", stage.secret);
  let reached = 0;
  const server = createServer((socket) => {
    reached++;
    socket.on("error", () => undefined);
    socket.end(`${stage.secret}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup.after(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { stage, homeFile, hook, port: address.port, reached: () => reached };
}

interface ExportAttack {
  readonly name: string;
  script(target: Target): string;
  /** Whether the attack did what it wanted. */
  worked(target: Target, result: Result): boolean;
  undo?(target: Target): void;
  readonly options?: ExecOptions;
}

const hasSecret = ({ stage }: Target, { stdout }: Result): boolean => stdout.includes(stage.secret);

export const EXPORT_ATTACKS: readonly ExportAttack[] = [
  { name: "read a file of the real home", script: ({ homeFile }) => `cat ${homeFile}`, worked: hasSecret },
  {
    name: "read a file beside the workspace",
    script: ({ stage }) => `cat ${stage.path("beside/secret")}`,
    worked: hasSecret,
  },
  { name: "read a denied file", script: () => "cat .env", worked: hasSecret },
  {
    name: "change a git hook",
    script: () => "echo evil >.git/hooks/pre-commit",
    worked: ({ hook }) => readFileSync(hook, "utf8") !== HOOK,
    undo: ({ hook }) => writeFileSync(hook, HOOK),
  },
  {
    name: "reach a service on loopback",
    script: ({ port }) => `exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3'`,
    worked: hasSecret,
  },
  {
    name: "read the caller's environment",
    script: () => "env; cat /proc/1/environ /proc/*/environ | tr '\\0' '\\n'",
    worked: hasSecret,
  },
  {
    name: "make a user namespace",
    script: ({ stage }) => `unshare --user true && echo ${stage.secret}`,
    worked: hasSecret,
  },
  {
    name: "use a descriptor that was left open",
    script: () => "cat /proc/self/fd/3 || cat <&3",
    worked: hasSecret,
  },
];

/** What an attack says before it tries anything: a sandbox that didn't start has held nothing. */
export const STARTED = /^attack started$/m;

export function attackWords(attack: ExportAttack, target: Target): readonly string[] {
  return ["sh", "-c", `echo 'attack started'; ${attack.script(target)}`];
}

export const POLICY = [
  "version: 1",
  "name: test",
  'filesystem: { deny: ["**/.env"] }',
  "limits: { memory: 1G, pids: 100, files: 256, time: 1m }",
  "",
].join("\n");
