// A terminal in a test's hand: type, resize, wait for what appears, read its modes. The work is done by terminal.py.

import { join } from "node:path";
import { type Running, start } from "./exec.js";
import type { Identity } from "./identity.js";
import { ROOT } from "./repository.js";
import type { Cleanup } from "./stage.js";
import { until } from "./wait.js";

export interface Terminal {
  /** Pid of the program on the terminal. */
  readonly pid: number;
  type(text: string): void;
  resize(rows: number, columns: number): void;
  signal(number: number): void;
  /** Everything that appeared so far. */
  screen(): string;
  /** Waits for a pattern in what appeared since the last successful `see`. */
  see(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** The terminal's four mode words. */
  modes(): Promise<readonly number[]>;
  /** Waits for the end: exit status, or the negative number of the signal. */
  ended(timeoutMs?: number): Promise<number>;
}

interface Message {
  readonly pid?: number;
  readonly data?: string;
  readonly modes?: readonly number[];
  readonly exit?: number;
  readonly killed?: number;
}

function messagesOf(running: Running): readonly Message[] {
  const whole = running.output();
  const lines = whole.slice(0, whole.lastIndexOf("\n") + 1).split("\n");
  // Checked border: the lines are made by terminal.py of this folder.
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Message);
}

export async function openTerminal(
  cleanup: Cleanup,
  argv: readonly string[],
  identity: Identity,
  cwd: string,
): Promise<Terminal> {
  const driver = ["/usr/bin/python3", join(ROOT, "test/support/terminal.py"), ...argv];
  const running = start(driver, { identity, cwd, env: { TERM: "xterm" }, timeoutMs: 120_000 });
  const messages = (): readonly Message[] => messagesOf(running);
  const first = await until("the terminal's program starts", () =>
    messages().find((message) => message.pid !== undefined),
  );
  const pid = first.pid ?? -1;
  let seenUpTo = 0;
  const screen = (): string =>
    messages()
      .map((message) => message.data ?? "")
      .join("");
  const tell = (message: Readonly<Record<string, unknown>>): void => {
    running.child.stdin?.write(`${JSON.stringify(message)}\n`);
  };
  cleanup.after(async () => {
    running.child.kill("SIGKILL");
    await running.done;
  });
  return {
    pid,
    type: (text) => tell({ write: text }),
    resize: (rows, columns) => tell({ resize: [rows, columns] }),
    signal: (number) => tell({ signal: number }),
    screen,
    see: (pattern, timeoutMs = 15_000) =>
      until(
        `${pattern} on the terminal`,
        () => {
          const match = pattern.exec(screen().slice(seenUpTo));
          if (match === null) return undefined;
          seenUpTo += match.index + match[0].length;
          return match[0];
        },
        timeoutMs,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}; on the screen: ${JSON.stringify(screen().slice(seenUpTo))}`);
      }),
    modes: async () => {
      const before = messages().filter((message) => message.modes !== undefined).length;
      tell({ modes: true });
      return await until(
        "the terminal's modes",
        () => messages().filter((message) => message.modes !== undefined)[before]?.modes,
      );
    },
    ended: async (timeoutMs = 15_000) => {
      const last = await until(
        "the terminal's program ends",
        () => messages().find((message) => message.exit !== undefined || message.killed !== undefined),
        timeoutMs,
      );
      return last.exit ?? -(last.killed ?? 0);
    },
  };
}
