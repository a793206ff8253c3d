// How much memory a proxy takes: the resident size of its processes, now and at most, as the kernel counts it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** A process and all below it, but those of the load generator, whose descendants don't count either. */
export function tree(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  const names = new Map<number, string>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const text = readFileSync(`/proc/${entry}/stat`, "utf8");
      // "pid (name) state parent ..."; a name may hold anything but its end is the last bracket.
      const parent = Number(text.slice(text.lastIndexOf(")") + 4).split(" ")[0]);
      names.set(Number(entry), text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")));
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It ended meanwhile.
    }
  }
  const found: number[] = [];
  const walk = (each: number) => {
    if (names.get(each) === "load") return;
    found.push(each);
    for (const child of children.get(each) ?? []) walk(child);
  };
  walk(pid);
  return found;
}

export interface Memory {
  readonly mb: number;
  readonly peakMb: number;
}

export function memoryOf(pid: number): Memory {
  let resident = 0;
  let peak = 0;
  for (const each of tree(pid)) {
    try {
      const text = readFileSync(`/proc/${each}/status`, "utf8");
      resident += Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0);
      peak += Number(/^VmHWM:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    } catch {
      // It ended meanwhile.
    }
  }
  return { mb: resident / 1024, peakMb: peak / 1024 };
}

/** The peak counts from now on. */
export function resetPeak(pid: number): void {
  for (const each of tree(pid)) {
    try {
      writeFileSync(`/proc/${each}/clear_refs`, "5");
    } catch {
      // Somebody else's, or gone.
    }
  }
}
