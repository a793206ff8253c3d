// For tests only: plans of small cases, and short forms of what is in them.
import assert from "node:assert/strict";
import type { ResolveRequest, ResolveResult } from "../resolve/planning.js";
import { resolve } from "../resolve.js";
import type { Plan } from "../types.js";
import { type FakeHost, fakeView, HOME_PATHS } from "./host.js";
import { fixturePolicy, type Sections } from "./policy.js";

export const WORKSPACE = "/home/ada/project";

export interface Case {
  readonly policy?: Sections;
  /** Line of cordon.yaml by setting. */
  readonly lines?: Readonly<Record<string, number>>;
  readonly host?: Partial<FakeHost>;
  readonly request?: Partial<ResolveRequest>;
}

export function attempt({ policy = {}, lines = {}, host = {}, request = {} }: Case): ResolveResult {
  const view = fakeView({ ...host, paths: [...HOME_PATHS, ...(host.paths ?? [])] });
  return resolve(fixturePolicy(policy, lines), view, {
    command: ["node"],
    cwd: WORKSPACE,
    backend: "native",
    ...request,
  });
}

export function planOf(given: Case): { readonly plan: Plan; readonly notes: readonly string[] } {
  const result = attempt(given);
  if (!result.ok) assert.fail(JSON.stringify(result.problems));
  return result;
}

export function problemOf(given: Case): string {
  const result = attempt(given);
  if (result.ok) assert.fail("a plan where a problem was expected");
  return result.problems.map(({ code, message, hint }) => `${code}: ${message} (${hint})`).join("\n");
}

export const binds = (plan: Plan) =>
  plan.mounts.flatMap((mount) => (mount.kind === "bind" ? [`${mount.access} ${mount.target}`] : []));
export const masks = (plan: Plan) => plan.mounts.flatMap((mount) => (mount.kind === "mask" ? [mount.target] : []));
export const links = (plan: Plan) =>
  plan.mounts.flatMap((mount) => (mount.kind === "symlink" ? [`${mount.target} -> ${mount.value}`] : []));
