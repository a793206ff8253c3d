// How a run ended, and the exit status that `cordon run` reports for it (CONTRACT: the command's own, 128+N, 125, 126, 127).
import { constants } from "node:os";

export const EXIT_CORDON = 125;
export const EXIT_NOT_EXECUTABLE = 126;
export const EXIT_NOT_FOUND = 127;

/** `limit`: another limit than the one of time was reached. */
export type ExitReason = "exit" | "signal" | "time-limit" | "limit" | "stopped" | "failed";

export interface RunExit {
  readonly code: number;
  /** Name of the signal that ended the command, if one did: `SIGTERM`. */
  readonly signal?: string;
  readonly reason: ExitReason;
  /** What Cordon has to say about it: why the command could not be executed, why the run was ended. */
  readonly message?: string;
  readonly durationMs: number;
}

/** How cordon-init says that the command ended. */
export type Ending =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "signal"; readonly number: number }
  | { readonly kind: "exec-failed"; readonly errno: number; readonly name: string }
  | { readonly kind: "failed"; readonly message: string };

export interface EndingContext {
  /** Why the supervisor ended the run itself, if it did. */
  readonly asked?: "time-limit" | "limit" | "stopped";
  readonly message?: string;
  readonly durationMs: number;
}

export function runExit(ending: Ending, context: EndingContext): RunExit {
  const base = {
    durationMs: context.durationMs,
    ...(context.message === undefined ? {} : { message: context.message }),
  };
  switch (ending.kind) {
    case "exit":
      return { ...base, code: ending.code, reason: context.asked ?? "exit" };
    case "signal": {
      const signal = signalName(ending.number);
      return {
        ...base,
        code: 128 + ending.number,
        reason: context.asked ?? "signal",
        ...(signal === undefined ? {} : { signal }),
      };
    }
    case "exec-failed":
      return { ...base, ...execFailure(ending.errno, ending.name), reason: "failed" };
    case "failed":
      return { ...base, code: EXIT_CORDON, reason: "failed", message: ending.message };
  }
}

function execFailure(errno: number, name: string): { readonly code: number; readonly message: string } {
  if (errno === constants.errno.ENOENT) {
    return { code: EXIT_NOT_FOUND, message: `${name}: command not found inside the sandbox` };
  }
  return { code: EXIT_NOT_EXECUTABLE, message: `${name}: can't be executed (${errnoName(errno)})` };
}

export function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

/** Number of a signal given by name or number; undefined when there is no such signal. */
export function signalNumber(signal: string | number): number | undefined {
  if (typeof signal === "number") return Number.isInteger(signal) && signal >= 1 && signal <= 64 ? signal : undefined;
  return Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
}

export function errnoName(errno: number): string {
  return Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
}
