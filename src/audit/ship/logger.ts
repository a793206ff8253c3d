// `logger` of util-linux, for sockets that take datagrams. Lines go to its stdin, nothing of theirs to its command line.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { messageOf } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { readLine, severityOf } from "./line.js";
import { ATTEMPT_MS, type Batch, DeliveryError } from "./receiver.js";

/** Where the system keeps it; never by the user's PATH. */
const PROGRAMS = ["/usr/bin/logger", "/bin/logger"];
const FACILITY = 10;
/** What a datagram socket takes at most by default is more. */
const MAX_MESSAGE = "128KiB";

export async function logByProgram(socket: string, { lines }: Batch, signal: AbortSignal): Promise<void> {
  const program = PROGRAMS.find((path) => existsSync(path));
  if (program === undefined)
    throw new DeliveryError("it takes datagrams, for which the program `logger` of util-linux is needed");
  // The form that every local logger reads, as the C library's own syslog() writes it; the line says all the rest.
  const argv = [
    "--socket",
    socket,
    "--socket-errors=on",
    "--tag",
    "cordon",
    "--id",
    "--size",
    MAX_MESSAGE,
    "--prio-prefix",
  ];
  const input = lines.map((line) => `<${FACILITY * 8 + severityOf(readLine(line))}>${line}\n`).join("");
  await runWith(program, argv, { input, signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]) });
}

function runWith(
  program: string,
  argv: readonly string[],
  { input, signal }: { readonly input: string; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...argv], { stdio: ["pipe", "ignore", "pipe"], cwd: "/", env: {}, signal });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      if (said.length < 1000) said += chunk.toString("utf8");
    });
    child.stdin.on("error", () => undefined);
    child.once("error", (error) => reject(new DeliveryError(`logger: ${messageOf(error)}`, { cause: error })));
    child.once("close", (code) => {
      const words = printable(said.trim(), 200);
      // It says what went wrong with the socket and still ends with 0.
      if (code === 0 && words === "") resolve();
      else reject(new DeliveryError(words === "" ? `logger ended with status ${code}` : words));
    });
    child.stdin.end(input);
  });
}
