// The record of a run as a service beside it: opened while the sandbox is being built, written before anybody else hears of an event,
// closed when everything inside is dead.
import { Recorder } from "../audit/recorder.js";
import { CordonError, messageOf } from "../core/error.js";
import type { RunContext, RunService } from "./service.js";

export async function keepRecord(context: RunContext): Promise<RunService> {
  const { id, plan, bus, scope, control, notice } = context;
  const { dir, rotate, sync, onFailure, ship } = plan.audit;
  // Before the record, so that it is closed after it, and has its last line.
  const written = ship.length === 0 ? undefined : await (await import("./shipping.js")).openShipper(context);
  const warn = (error: unknown): void => {
    notice(sentence(error));
    // Later: it may be found out while another event is being told.
    queueMicrotask(() => bus.emit({ type: "alert", on: "audit", message: sentence(error) }));
  };
  const failed = onFailure === "stop" ? (error: unknown) => control.fail(sentence(error)) : warn;
  try {
    const recorder = new Recorder({
      run: id,
      dir,
      rotate,
      sync,
      onFailure,
      failed,
      ...(written === undefined ? {} : { written }),
    });
    scope.defer("record", () => recorder.close());
    bus.recordTo({ record: (event) => recorder.record(event), failed });
  } catch (error) {
    if (onFailure === "stop") throw new CordonError("audit-failed", sentence(error), { cause: error });
    warn(error);
  }
  return {};
}

function sentence(error: unknown): string {
  return error instanceof CordonError ? error.toLine() : messageOf(error);
}
