// What a supervisor does to itself for a fault that nobody could do to it from outside: a small module that Node loads before Cordon, as
// text, because it must be a file of its own whatever Cordon was bundled to.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const DAY_MS = 86_400_000;

const ACTIONS: Readonly<Record<string, string>> = {
  /** The proxies and whatever else listens on TCP. */
  listeners: "for (const server of servers) server.close();",
  /** The name service. */
  names: "for (const socket of sockets) { try { socket.close(); } catch {} }",
  "clock-forward": `shift = ${DAY_MS};`,
  "clock-back": `shift = -${DAY_MS};`,
  exception: 'setTimeout(() => { throw new Error("a fault"); });',
  blocked: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);",
};

/** The environment that lets Cordon's Node load it; it acts when the file `now` is there. */
export function faultProgram(folder: string, action: string): Readonly<Record<string, string>> {
  const file = join(folder, "fault.cjs");
  writeFileSync(file, programText(join(folder, "now"), ACTIONS[action] ?? ""));
  return { NODE_OPTIONS: `--require=${file}` };
}

function programText(now: string, action: string): string {
  return `
const { existsSync } = require("node:fs");
const net = require("node:net"), dgram = require("node:dgram");
const servers = new Set(), sockets = new Set();
const { listen } = net.Server.prototype, { bind } = dgram.Socket.prototype;
net.Server.prototype.listen = function (...words) { servers.add(this); return listen.apply(this, words); };
dgram.Socket.prototype.bind = function (...words) { sockets.add(this); return bind.apply(this, words); };
let shift = 0;
const Real = Date;
globalThis.Date = class extends Real {
  constructor(...words) { if (words.length === 0) super(Real.now() + shift); else super(...words); }
  static now() { return Real.now() + shift; }
};
const timer = setInterval(() => {
  if (!existsSync(${JSON.stringify(now)})) return;
  clearInterval(timer);
  ${action}
}, 20);
timer.unref();
`;
}
