// `cordon top`: what running sandboxes use, anew each second. On a terminal it takes the whole screen, which is as before when it ends, however
// it ends; over a pipe it prints table after table.
import { isatty, WriteStream } from "node:tty";
import { chooseRun, type FoundRun } from "../../run/live/find.js";
import { flag, type Invocation } from "../command.js";
import { writeAll } from "../output.js";
import { liveRuns } from "../runs.js";
import { type Sample, Sampler } from "./top/sampler.js";
import { screenOf, tableOf } from "./top/table.js";

const INTERVAL_MS = 1000;

export async function run(invocation: Invocation): Promise<number> {
  const once = flag(invocation, "once");
  const json = flag(invocation, "json");
  const sampler = new Sampler(() => chosen(invocation));
  try {
    await sampler.sample();
    if (!once && !json && isatty(0) && isatty(1)) await live(sampler);
    else await printed(invocation, sampler, { once, json });
  } finally {
    sampler.close();
  }
  return 0;
}

/** Looked up anew each time: runs come and go. */
function chosen(invocation: Invocation): readonly FoundRun[] {
  const runs = liveRuns(invocation);
  const alive = runs.filter(({ state }) => state === "alive");
  const { positionals } = invocation;
  const wanted = positionals.length === 0 ? alive : positionals.map((name) => chooseRun(alive, name));
  for (const run of runs) if (!wanted.includes(run)) run.folder.close();
  return wanted;
}

async function printed(
  { out }: Invocation,
  sampler: Sampler,
  { once, json }: { readonly once: boolean; readonly json: boolean },
): Promise<void> {
  do {
    await pause(INTERVAL_MS);
    const samples = await sampler.sample();
    out.print(json ? JSON.stringify(samples) : tableOf(samples));
    if (!once && samples.length === 0) return;
    if (!json && !once) out.print("");
  } while (!once);
}

async function live(sampler: Sampler): Promise<void> {
  const screen = new Screen();
  try {
    while (!screen.left) {
      await Promise.race([pause(INTERVAL_MS), screen.leaving]);
      if (screen.left) return;
      screen.show(await sampler.sample());
    }
  } finally {
    screen.close();
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}

const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

class Screen {
  readonly leaving: Promise<void>;
  readonly #terminal = new WriteStream(1);
  #left = false;
  #leave: () => void = () => undefined;

  constructor() {
    this.leaving = new Promise((resolve) => {
      this.#leave = () => {
        this.#left = true;
        resolve();
      };
    });
    for (const signal of SIGNALS) process.once(signal, this.#leave);
    // Whatever ends this process in order, the terminal is the user's again.
    process.once("exit", () => this.close());
    process.stdin.setRawMode(true);
    process.stdin.on("data", (keys) => {
      // q, Q, Ctrl-C and Ctrl-D.
      if (/[qQ\u0003\u0004]/.test(String(keys))) this.#leave();
    });
    writeAll(1, ENTER);
  }

  get left(): boolean {
    return this.#left;
  }

  show(samples: readonly Sample[]): void {
    const [width, height] = this.#terminal.getWindowSize();
    writeAll(1, screenOf(samples, { width, height }));
  }

  close(): void {
    if (!process.stdin.isRaw) return;
    process.stdin.setRawMode(false);
    process.stdin.pause();
    writeAll(1, LEAVE);
  }
}
