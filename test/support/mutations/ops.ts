// Ways of taking something out of a launch: ops of cordon-init, services of the supervisor, rules of the filter, settings of the network.
import type { Launch, Mutation } from "../../../src/breakout/targets/sandbox.js";
import { compileSeccomp } from "../../../src/confinement/seccomp/compile.js";
import type { Architecture } from "../../../src/confinement/seccomp/constants.js";
import { guardOverrides } from "../../../src/confinement/seccomp/guard.js";
import type { OciSeccomp } from "../../../src/confinement/seccomp/oci.js";
import { defaultProfile } from "../../../src/confinement/seccomp/profiles/default.js";
import type { OverrideRule } from "../../../src/confinement/seccomp/rules.js";
import type { Op, Service } from "../../../src/plan/types.js";

export const NAMESPACE = { ipc: 0x08000000, network: 0x40000000 } as const;
export const BIND = { write: 1, exec: 2, folder: 4, mapped: 8 } as const;

export function ops(change: (op: Op, launch: Launch) => Op | undefined): Mutation {
  return (launch) => withOps(launch, launch.artifact.main.ops.map((op) => change(op, launch)).filter(isThere));
}

function isThere(op: Op | undefined): op is Op {
  return op !== undefined;
}

export function withOps(launch: Launch, changed: readonly Op[]): Launch {
  return { ...launch, artifact: { ...launch.artifact, main: { ...launch.artifact.main, ops: changed } } };
}

export const without = (...names: readonly string[]): Mutation => ops((op) => (names.includes(op.op) ? undefined : op));

/** More ops, where those of their kind are. */
export function adding(make: (...given: Parameters<Mutation>) => readonly Op[]): Mutation {
  return (launch, world) => withOps(launch, [...launch.artifact.main.ops, ...make(launch, world)]);
}

export function withoutNamespace(flag: number, ...dropped: readonly string[]): Mutation {
  return ops((op) => {
    if (dropped.includes(op.op)) return undefined;
    return op.op === "namespaces" ? { ...op, fields: [Number(op.fields[0]) & ~flag] } : op;
  });
}

/** A folder of the host, let in as the launch lets in its own: for root by a mount that maps the owner. */
export function letIn(folder: string, launch: Launch): Op {
  return bound(folder, BIND.write | BIND.exec | BIND.folder, launch);
}

/** A socket file of the host, in the same way. */
export function letInSocket(path: string, launch: Launch): Op {
  return bound(path, BIND.write, launch);
}

function bound(path: string, flags: number, { artifact }: Launch): Op {
  const mapped = artifact.main.ops.some(({ op }) => op === "map-owner");
  return { op: "bind", fields: [path, path, flags | (mapped ? BIND.mapped : 0)] };
}

export function withoutService(...kinds: readonly Service["kind"][]): Mutation {
  return ({ plan, artifact }) => {
    const services = artifact.services.filter(({ kind }) => !kinds.includes(kind));
    return { plan, artifact: { ...artifact, services } };
  };
}

export function all(...mutations: readonly Mutation[]): Mutation {
  return (launch, world) => mutations.reduce((sum, mutation) => mutation(sum, world), launch);
}

/** A setting that the run's own services read. */
export function network(
  change: (network: Launch["plan"]["network"], world: Parameters<Mutation>[1]) => Launch["plan"]["network"],
): Mutation {
  return ({ plan, artifact }, world) => ({ plan: { ...plan, network: change(plan.network, world) }, artifact });
}

/** The limits of one kind: of the group or the watch, and those of each process. */
export function withoutLimit(key: "memoryBytes" | "cpu" | "pids" | "diskBytes", resource?: number): Mutation {
  const limits: Mutation = ({ plan, artifact }) => {
    const services = artifact.services.map((service) => {
      if (service.kind !== "limits") return service;
      const cut = <T extends object>(part: T): T => Object.assign({}, part, { [key]: undefined });
      const { held, watched, told } = service;
      return { ...service, held: cut(held), watched: cut(watched), told: cut(told) };
    });
    return { plan, artifact: { ...artifact, services } };
  };
  return all(
    limits,
    ops((op) => (op.op === "rlimit" && op.fields[0] === resource ? undefined : op)),
  );
}

const ARCHITECTURE: Architecture = process.arch === "arm64" ? "arm64" : "x64";

interface FilterChange {
  readonly profile?: (profile: OciSeccomp) => OciSeccomp;
  readonly overrides?: (rule: OverrideRule) => boolean;
}

/** Another filter in the place of the planned one; the guard's calls go to it as before. */
export function refiltered({ profile = (same) => same, overrides = () => true }: FilterChange): Mutation {
  return ops((op, { plan }) => {
    if (op.op !== "seccomp") return op;
    const rules = guardOverrides(ARCHITECTURE, plan.guard.roots.length > 0 ? "files" : "sockets");
    const { program } = compileSeccomp({
      profile: profile(defaultProfile),
      arch: ARCHITECTURE,
      overrides: rules.filter(overrides),
    });
    return { ...op, fields: [program, op.fields[1] ?? 0] };
  });
}

/** What the profile says of these calls is forgotten: they are let through. */
export function letting(...names: readonly string[]): Mutation {
  return refiltered({
    profile: (profile) => ({
      ...profile,
      syscalls: [
        ...profile.syscalls.flatMap((rule) => {
          const kept = rule.names.filter((name) => !names.includes(name));
          return kept.length === 0 ? [] : [{ ...rule, names: kept }];
        }),
        { names, action: "SCMP_ACT_ALLOW" },
      ],
    }),
  });
}
