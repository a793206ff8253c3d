// A notification on the user's desktop, by the system's own programs: they speak to the session bus, each text is one argument. It never
// waits long, and says when there is no desktop by doing nothing.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

import { printable } from "../../core/text.js";
import type { Env } from "../ship/keys.js";

export interface Notification {
  readonly title: string;
  /** Plain text: what is markup in a notification is escaped here. */
  readonly text: string;
}

const LIMIT_MS = 5_000;
const MAX_TEXT = 400;
const FOLDERS = ["/usr/bin", "/usr/local/bin", "/bin"];

type Tool = (notification: Notification) => readonly string[];

const TARGET = "org.freedesktop.Notifications";
const OBJECT = "/org/freedesktop/Notifications";

const TOOLS: readonly (readonly [program: string, argumentsOf: Tool])[] = [
  ["notify-send", sendArguments],
  ["busctl", busctlArguments],
  ["gdbus", gdbusArguments],
];

/** It reads escapes such as \n in the text, and in the text only. */
function sendArguments({ title, text }: Notification): readonly string[] {
  return ["--app-name=Cordon", "--urgency=critical", "--", title, text.replaceAll("\\", "\\\\")];
}

function busctlArguments({ title, text }: Notification): readonly string[] {
  const method = [TARGET, OBJECT, TARGET, "Notify", "susssasa{sv}i"];
  return ["--user", "call", "--", ...method, "Cordon", "0", "", title, text, "0", "1", "urgency", "y", "2", "-1"];
}

function gdbusArguments({ title, text }: Notification): readonly string[] {
  const method = ["--dest", TARGET, "--object-path", OBJECT, "--method", `${TARGET}.Notify`];
  const values = [quoted("Cordon"), "uint32 0", quoted(""), quoted(title), quoted(text)];
  return ["call", "--session", ...method, "--", ...values, "@as []", "{'urgency': <byte 2>}", "int32 -1"];
}

/** As GVariant writes a text; the other two take theirs as it is. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

/** The command for a notification, or undefined where there is no session bus or no program that speaks to it. */
export function notifyCommand(
  notification: Notification,
  env: Env,
  exists: (path: string) => boolean = existsSync,
): { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> } | undefined {
  const bus = busAddress(env, exists);
  if (bus === undefined) return undefined;
  for (const [program, argumentsOf] of TOOLS) {
    const file = FOLDERS.map((folder) => `${folder}/${program}`).find(exists);
    if (file === undefined) continue;
    const safe = { title: shownText(notification.title), text: shownText(notification.text) };
    return { argv: [file, ...argumentsOf(safe)], env: { DBUS_SESSION_BUS_ADDRESS: bus, LANG: "C.UTF-8" } };
  }
  return undefined;
}

/** Settles when it is shown, or can't be. Whether it was. */
export function notifyDesktop(notification: Notification, env: Env): Promise<boolean> {
  const command = notifyCommand(notification, env);
  if (command === undefined) return Promise.resolve(false);
  const [file = "", ...args] = command.argv;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: { ...command.env },
      stdio: "ignore",
      cwd: "/",
      timeout: LIMIT_MS,
      killSignal: "SIGKILL",
    });
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}

function busAddress(env: Env, exists: (path: string) => boolean): string | undefined {
  const named = env["DBUS_SESSION_BUS_ADDRESS"];
  if (named !== undefined && named !== "") return named;
  const socket = `/run/user/${process.getuid?.() ?? 0}/bus`;
  return exists(socket) ? `unix:path=${socket}` : undefined;
}

function shownText(text: string): string {
  return printable(text, MAX_TEXT).replace(
    /[&<>]/g,
    (character) => ({ "&": "&amp;", "<": "&lt;" })[character] ?? "&gt;",
  );
}
