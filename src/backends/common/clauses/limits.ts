// Which limit is held by what: a control group where this host gives one to a run, else limits of each process and the supervisor's
// watch. The words of the enforcement table say which it is. Pure.
import { formatDuration, formatSize } from "../../../core/units.js";
import type { GroupWay, HostFacts } from "../../../host/types.js";
import type { Fragment, LimitsService, Op, Plan } from "../../../plan/types.js";

const RLIMIT = { fsize: 1, data: 2, core: 4, nproc: 6, nofile: 7 } as const;
/** Above a group's own limit, so that the group refuses first and tells of it. */
const NPROC_ABOVE_GROUP = 16;

type Held = NonNullable<Fragment["enforces"]>[number];

/** What one limit needs. */
interface Part {
  readonly ops?: readonly Op[];
  readonly enforces?: Held;
  readonly held?: LimitsService["held"];
  readonly watched?: LimitsService["watched"];
  readonly told?: LimitsService["told"];
}

export function limits({ limits: asked }: Plan, { cgroup }: HostFacts): Fragment {
  const group = new Group(asked, cgroup);
  const parts = [memory(asked, group), cpu(asked, group), pids(asked, group), files(asked), disk(asked), time(asked)];
  const service: LimitsService = {
    kind: "limits",
    ...(group.way === undefined ? {} : { group: group.way }),
    held: Object.assign({}, ...parts.map(({ held }) => held)),
    watched: Object.assign({}, ...parts.map(({ watched }) => watched)),
    told: Object.assign({}, ...parts.map(({ told }) => told)),
  };
  const idle = [service.held, service.watched, service.told].every((each) => Object.keys(each).length === 0);
  return {
    ops: [rlimit(RLIMIT.core, 0), ...parts.flatMap(({ ops = [] }) => ops)],
    enforces: parts.flatMap(({ enforces }) => enforces ?? []),
    ...(idle ? {} : { services: [service] }),
  };
}

/** The run's group, when it is worth one: the number of processes alone is held as well without. */
class Group {
  readonly way: GroupWay | undefined;
  readonly #controllers: readonly string[];

  constructor(
    { memoryBytes, cpu: processors, pids: count }: Plan["limits"],
    { way, controllers }: HostFacts["cgroup"],
  ) {
    const holds = (name: string, value: unknown) => value !== undefined && controllers.includes(name);
    const needed = holds("memory", memoryBytes) || holds("cpu", processors);
    this.way =
      needed || ((way?.kind === "unified" || way?.kind === "service") && holds("pids", count)) ? way : undefined;
    this.#controllers = controllers;
  }

  holds(name: "memory" | "cpu" | "pids"): boolean {
    return this.way !== undefined && this.#controllers.includes(name);
  }

  /** `cgroup v2 memory.max`, by the names of the files that hold it. */
  words(unified: string, legacy: string): string {
    if (this.way?.kind === "legacy") return `cgroup v1 ${legacy}`;
    const whose = this.way?.kind === "systemd" ? ` of a systemd ${this.way.manager} scope` : "";
    return `cgroup v2 ${unified}${this.way?.kind === "service" ? " of the service" : whose}`;
  }
}

function memory({ memoryBytes }: Plan["limits"], group: Group): Part {
  if (memoryBytes === undefined) return {};
  const size = formatSize(memoryBytes);
  if (group.holds("memory")) {
    const file = group.words("memory.max", "memory.limit_in_bytes");
    return {
      held: { memoryBytes },
      enforces: { control: "limits.memory", mechanism: `${file}: ${size} for the whole run, without swap` },
    };
  }
  const each = `RLIMIT_DATA: ${size} of private memory in each process`;
  const all = `the supervisor's watch: it adds them up several times a second and ends the run above ${size}`;
  return {
    ops: [rlimit(RLIMIT.data, memoryBytes)],
    watched: { memoryBytes },
    enforces: { control: "limits.memory", mechanism: `${each}; for all of them together ${all}` },
  };
}

function cpu({ cpu: processors }: Plan["limits"], group: Group): Part {
  if (processors === undefined) return {};
  const share = `${Math.round(processors * 100)}%`;
  if (group.holds("cpu")) {
    const file = group.words("cpu.max", "cpu.cfs_quota_us");
    return {
      held: { cpu: processors },
      enforces: { control: "limits.cpu", mechanism: `${file}: ${share} of a processor for the whole run` },
    };
  }
  const mechanism = `the supervisor's watch: it stops everything inside for moments, so that it has ${share} of a processor on average`;
  return { watched: { cpu: processors }, enforces: { control: "limits.cpu", mechanism } };
}

function pids({ pids: count }: Plan["limits"], group: Group): Part {
  if (count === undefined) return {};
  // Counted in the user namespace (Linux 5.14), whose first process is counted too.
  const own = "RLIMIT_NPROC in a user namespace of its own";
  if (group.holds("pids")) {
    return {
      ops: [rlimit(RLIMIT.nproc, count + NPROC_ABOVE_GROUP)],
      held: { pids: count },
      enforces: {
        control: "limits.pids",
        mechanism: `${group.words("pids.max", "pids.max")}: ${count}; above it ${own}`,
      },
    };
  }
  return {
    ops: [rlimit(RLIMIT.nproc, count)],
    told: { pids: count },
    enforces: { control: "limits.pids", mechanism: `${own}: ${count}` },
  };
}

function files({ files: count }: Plan["limits"]): Part {
  if (count === undefined) return {};
  return {
    ops: [rlimit(RLIMIT.nofile, count)],
    enforces: { control: "limits.files", mechanism: `RLIMIT_NOFILE: ${count} in each process` },
  };
}

function disk({ diskBytes }: Plan["limits"]): Part {
  if (diskBytes === undefined) return {};
  const size = formatSize(diskBytes);
  const mechanism = [
    `RLIMIT_FSIZE: ${size} in each file`,
    "no folder in memory is larger",
    `the supervisor's watch of the granted folders, which ends the run when they have grown by ${size}`,
  ].join("; ");
  return {
    ops: [rlimit(RLIMIT.fsize, diskBytes)],
    watched: { diskBytes },
    enforces: { control: "limits.disk", mechanism },
  };
}

function time({ timeMs }: Plan["limits"]): Part {
  if (timeMs === undefined) return {};
  return {
    enforces: { control: "limits.time", mechanism: `the supervisor ends the run after ${formatDuration(timeMs)}` },
  };
}

function rlimit(resource: number, value: number): Op {
  return { op: "rlimit", fields: [resource, value, value] };
}
