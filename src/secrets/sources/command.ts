// A secret that a program of the user's prints: pass, op, vault, gh, aws. It is started without a shell, outside of the workspace, found
// in whole folders of PATH only, and ended when it takes too long. What it prints is in no message of ours, what it says on stderr neither.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { Environment, Fetched } from "./source.js";
import { wordsOf } from "./words.js";

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 65_536;

export async function fromCommand(text: string, env: Environment): Promise<Fetched> {
  const words = wordsOf(text);
  const [name, ...args] = words ?? [];
  if (name === undefined) return { ok: false, problem: `its command can't be read: a quote is open` };
  const program = find(name, env);
  if (program === undefined) return { ok: false, problem: `the program ${name} isn't there` };
  return run([program, ...args], { name, env });
}

/** The desktop's keyring (Secret Service): `service=anthropic account=me`. */
export async function fromKeyring(text: string, env: Environment): Promise<Fetched> {
  const words = text.includes(" ") || text.includes("=") ? wordsOf(text.replaceAll("=", " ")) : ["cordon", text];
  if (words === undefined || words.length % 2 !== 0)
    return { ok: false, problem: "a keyring's entry is named by pairs, as in keyring:service=anthropic account=me" };
  const pairs = words.flatMap((name, index) => (index % 2 === 0 ? [[name, words[index + 1] ?? ""] as const] : []));
  const { fromSecretService } = await import("./secret-service.js");
  const found = await fromSecretService(pairs, env);
  if (found.ok || !("locked" in found)) return found;
  // The program that comes with its library asks the user to unlock it.
  const program = find("secret-tool", env);
  if (program === undefined)
    return { ok: false, problem: "the keyring is locked: unlock it, or install secret-tool (Debian: libsecret-tools)" };
  return run([program, "lookup", ...words], { name: "secret-tool", env });
}

/** Folders of PATH that aren't whole would be looked up in whichever folder this was started. */
function find(name: string, env: Environment): string | undefined {
  if (name.includes("/")) return isAbsolute(name) && isProgram(name) ? name : undefined;
  const folders = (env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(":").filter(isAbsolute);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run(
  [program = "", ...args]: readonly string[],
  { name, env }: { name: string; env: Environment },
): Promise<Fetched> {
  return new Promise((resolve) => {
    const home = env["HOME"];
    const child = spawn(program, args, {
      cwd: home !== undefined && isAbsolute(home) ? home : "/",
      env: { ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    const settle = (fetched: Fetched) => {
      clearTimeout(timer);
      for (const chunk of chunks) chunk.fill(0);
      resolve(fetched);
    };
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BYTES) chunks.push(chunk);
      else child.kill("SIGKILL");
    });
    child.once("error", () => settle({ ok: false, problem: `${name} can't be started` }));
    child.once("close", (code, signal) => {
      if (code === 0 && bytes <= MAX_BYTES) settle({ ok: true, bytes: Buffer.concat(chunks) });
      else settle({ ok: false, problem: `${name} ${endOf(code, signal)}` });
    });
  });
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === "SIGKILL") return "took longer than a minute, or printed too much";
  return code === null ? `was ended by ${signal}` : `ended with status ${code}; try it by hand to see why`;
}
