// A desktop for one test: a session bus of its own, and a service on it that keeps the notifications it is asked to show.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lacking } from "../egress/tools.js";
import type { Identity } from "../identity.js";
import { ROOT } from "../repository.js";
import type { Cleanup, Stage } from "../stage.js";
import { until } from "../wait.js";
import { Program } from "./programs.js";

/** The system's own Python, which has the packages python3-dbus and python3-gi. */
const PYTHON = "/usr/bin/python3";

export interface Notified {
  readonly application: string;
  readonly title: string;
  readonly text: string;
  readonly urgency: number;
}

export interface Desktop {
  readonly env: Readonly<Record<string, string>>;
  notifications(): readonly Notified[];
}

export async function lackingDesktop(): Promise<string | undefined> {
  return (
    (await lacking(["dbus-daemon", PYTHON, "notify-send"])) ??
    lacking(["/usr/lib/python3/dist-packages/dbus", "/usr/lib/python3/dist-packages/gi"])
  );
}

export async function startDesktop(cleanup: Cleanup, stage: Stage): Promise<Desktop> {
  const [socket, file] = [stage.path("bus"), stage.path("notifications")];
  const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` };
  startAs(cleanup, stage.identity, [
    "dbus-daemon",
    "--session",
    "--nofork",
    "--nopidfile",
    `--address=${env.DBUS_SESSION_BUS_ADDRESS}`,
  ]);
  await until("the session bus", () => existsSync(socket), 20_000);
  const script = join(ROOT, "test/support/receivers/notifications.py");
  const service = startAs(cleanup, stage.identity, [
    "env",
    `DBUS_SESSION_BUS_ADDRESS=${env.DBUS_SESSION_BUS_ADDRESS}`,
    PYTHON,
    script,
    file,
  ]);
  await until("the notification service", () => service.said.includes("ready"), 20_000);
  return {
    env,
    // Checked border: written by the service.
    notifications: () =>
      existsSync(file)
        ? readFileSync(file, "utf8")
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line) as Notified)
        : [],
  };
}

function startAs(cleanup: Cleanup, identity: Identity, argv: readonly string[]): Program {
  const program = new Program(cleanup, identity.become(argv));
  program.start();
  return program;
}
