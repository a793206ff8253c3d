// What receivers are told of this computer.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import packageJson from "../../../package.json" with { type: "json" };
import type { Env } from "./keys.js";
import type { ShipContext } from "./open.js";

export function shipContext(env: Env): ShipContext {
  return {
    env,
    hostName: hostname(),
    bootId: idIn("/proc/sys/kernel/random/boot_id") ?? "0".repeat(32),
    machineId: idIn("/etc/machine-id"),
    pid: process.pid,
    version: packageJson.version,
  };
}

/** 128 bits in hexadecimal, with or without hyphens. */
function idIn(file: string): string | undefined {
  try {
    const text = readFileSync(file, "latin1").trim().replaceAll("-", "");
    return /^[0-9a-f]{32}$/.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
