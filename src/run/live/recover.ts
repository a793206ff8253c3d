// Tidies up after a run whose supervisor died without doing so itself (kill -9, a full memory). What is told of it ends where its record
// ends; nothing is made up.
import type { FoundRun } from "./find.js";
import { bootId, lives } from "./record.js";

/** Ends what should have ended with the supervisor, and removes what is left in the run's folder. */
export function recover({ folder, record }: FoundRun): void {
  const { first } = record ?? {};
  // The kernel has killed it with its supervisor; this is for the moment until it has. Number and start time are its own.
  if (first !== undefined && record?.boot === bootId() && lives(first)) kill(first.pid);
  folder.remove();
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone in between.
  }
}
