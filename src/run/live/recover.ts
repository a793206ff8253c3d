// Tidies up after a run whose supervisor died without doing so itself (kill -9, a full memory). What is told of it ends where its record
// ends; nothing is made up.
import { removeGroupOf } from "../../host/groups.js";
import type { HostFacts } from "../../host/types.js";
import type { FoundRun } from "./find.js";
import { bootId, lives } from "./record.js";

/** Ends what should have ended with the supervisor, and removes what is left: the run's folder, and its control group. */
export async function recover({ id, folder, record }: FoundRun, way: HostFacts["cgroup"]["way"]): Promise<void> {
  const { first } = record ?? {};
  // The kernel has killed it with its supervisor; this is for the moment until it has. Number and start time are its own.
  if (first !== undefined && record?.boot === bootId() && lives(first)) kill(first.pid);
  folder.remove();
  if (way !== undefined) await removeGroupOf(way, id);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone in between.
  }
}
