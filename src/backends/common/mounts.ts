// What the trees of several backends have in common. Pure.
import type { Mount, Op, Plan } from "../../plan/types.js";

/** Holds the empty, unreadable file and folder that covers are copies of (native/special.c). */
export const COVER_STORE = "/.cordon";

/** Entries of procfs that tell of the whole computer, or change it; as native/special.c has them. */
export const PROC_COVERED: readonly string[] = [
  ...["acpi", "asound", "config.gz", "fs", "iomem", "ioports", "kallsyms", "kcore", "key-users", "keys", "kmsg"],
  ...["kpagecgroup", "kpagecount", "kpageflags", "latency_stats", "modules", "sched_debug", "scsi", "slabinfo"],
  ...["sysrq-trigger", "timer_list", "vmallocinfo"],
];

/** Entries that can be read: programs ask them. bwrap itself leaves them writable where the user may write. */
export const PROC_READ_ONLY: readonly string[] = ["bus", "irq", "sys"];

/** What lies in memory counts as written as well. */
export function tmpfsBytes({ sizeBytes }: Extract<Mount, { kind: "tmpfs" }>, { limits }: Plan): number {
  return Math.min(sizeBytes, limits.diskBytes ?? sizeBytes);
}

/** Flags of the op `bind`. */
const BIND = { write: 1, directory: 4 } as const;

/** The /proc that stands at `source` in another program's wall, where cordon-init may not mount a new one. */
export function shownProc(source: string, target: string): readonly Op[] {
  return [
    { op: "bind", fields: [source, target, BIND.write | BIND.directory] },
    ...PROC_COVERED.map((name): Op => ({ op: "mask", fields: [`${target}/${name}`] })),
  ];
}
