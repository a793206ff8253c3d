// Policy and host view become a Plan: every decision made, nothing left to look up. Pure: the host is asked only through the
// view, and whatever can't be granted safely is a problem with a place, never a silent change.
import { canonicalJson, sha256, withDigest } from "../core/digest.js";
import type { HostView } from "../host/types.js";
import type { Policy } from "../policy/types.js";
import { askedControls } from "./controls.js";
import { isInside, nameOf } from "./paths.js";
import { canaryMounts } from "./resolve/canaries.js";
import { resolveCommand } from "./resolve/command.js";
import { denying, denyRules, resolveDeny } from "./resolve/deny.js";
import { resolveEnvironment, resolveShell } from "./resolve/environment.js";
import { orderGrants, resolveFiles } from "./resolve/files.js";
import { resolveGit } from "./resolve/git.js";
import { GIT_SETTINGS, gitSettings } from "./resolve/git-identity.js";
import { namesBelow, policyNames, protectedNames, resolveGuard, stateNames } from "./resolve/guard.js";
import { resolveIdentity } from "./resolve/identity.js";
import { imageMounts, imageShell, imageView, refuseUnmountable } from "./resolve/image.js";
import { installationNames } from "./resolve/installation.js";
import { resolveLimits } from "./resolve/limits.js";
import {
  grantMounts,
  homeFolders,
  homeMountPoints,
  linkMounts,
  linksOf,
  protectedMounts,
  resolveHome,
  stateMasks,
  templateMounts,
  withoutHomeLinks,
} from "./resolve/mounts.js";
import { resolveNetwork } from "./resolve/network.js";
import { networkVariables } from "./resolve/network-variables.js";
import { Findings, type Grant, type Planning, type ResolveRequest, type ResolveResult } from "./resolve/planning.js";
import { resolveSeccomp } from "./resolve/process.js";
import { refuseLater } from "./resolve/refuse.js";
import { remembering } from "./resolve/remembering.js";
import { loginMounts, resolveSecrets, withSecretHosts } from "./resolve/secrets.js";
import { knownHostsMounts, resolveAgent } from "./resolve/ssh-agent.js";
import { etcMounts, generatedEtc, policyEtc, privateMounts, programMounts } from "./resolve/system.js";
import { needsTrust, TRUST_TREES, trustMounts } from "./resolve/trust.js";
import { resolveWorkspace, startFolder } from "./resolve/workspace.js";
import { hostPathOf, realInside } from "./tree.js";
import type { Mount, Plan } from "./types.js";

export type { ResolveRequest, ResolveResult } from "./resolve/planning.js";

export function resolve(policy: Policy, view: HostView, request: ResolveRequest): ResolveResult {
  const known = remembering(view);
  const planning: Planning = {
    policy,
    settings: policy.settings,
    view: known,
    systemView: request.image === undefined ? known : imageView(known, request.image),
    request,
    findings: new Findings(policy),
  };
  refuseLater(planning);
  const workspace = resolveWorkspace(planning);
  const plan = workspace === undefined ? undefined : planFor(planning, workspace);
  const { problems, notes } = planning.findings;
  if (plan === undefined || problems.length > 0) return { ok: false, problems };
  return { ok: true, plan: freeze(withDigest({ ...plan }, () => sha256(canonicalJson(plan)))), notes };
}

function planFor(planning: Planning, workspace: Grant): Omit<Plan, "digest"> {
  const { settings, policy, view, request } = planning;
  const identity = resolveIdentity(view, workspace.source);
  const found = resolveNetwork(planning);
  const secrets = resolveSecrets(planning, found.plan);
  const agent = resolveAgent(planning, { network: found.plan, identity });
  const network = {
    grants: [...found.grants, ...[agent?.grant ?? []].flat()],
    plan: withSecretHosts(
      { ...found.plan, sockets: [...found.plan.sockets, ...[agent?.socket ?? []].flat()] },
      secrets,
    ),
  };
  const shell = request.image === undefined ? resolveShell(view) : imageShell(planning.systemView);
  const name = request.name ?? runName(request.command[0] ?? settings.name);
  const home = resolveHome(planning, identity.home);
  const git = workspace.access === "write" ? gitSettings(view) : undefined;
  const made = [...(needsTrust(network.plan) ? TRUST_TREES : []), ...(git === undefined ? [] : [GIT_SETTINGS])];
  const base = [
    ...(request.image === undefined
      ? [...programMounts(view), ...etcMounts(view, made)]
      : imageMounts(view, request.image, made)),
    ...(needsTrust(network.plan) ? trustMounts(planning.systemView, name) : []),
    ...generatedEtc({ identity, shell, network: network.plan, git }),
  ];
  const system = [
    ...base,
    ...knownHostsMounts(agent),
    ...policyEtc(planning, base),
    ...privateMounts(view, identity, {
      tmpBytes: settings.filesystem.tmp.sizeBytes,
      tmpExec: settings.filesystem.tmp.exec,
    }),
    home.mount,
    ...homeFolders(home),
  ];
  const files = resolveTree(planning, workspace, { system, sockets: network.grants, home: identity.home });
  const decoys = settings.filesystem.canaries ? canaryMounts(home, files.mounts) : [];
  const mounts = [...files.mounts, ...decoys, ...loginMounts(view, secrets, home)];
  const cwd = startFolder(planning, workspace);
  const isVisible = (path: string) => isShown(planning, mounts, path);
  const env = resolveEnvironment(planning, {
    identity,
    cwd,
    shell,
    name,
    folders: files.folders.filter((folder) => isReachable(mounts, folder)),
    isVisible,
    network: {
      ...networkVariables(network.plan),
      ...(agent === undefined ? {} : { SSH_AUTH_SOCK: agent.socket.target }),
    },
    withheld: secrets.flatMap(({ env }) => env ?? []),
  });
  return {
    version: 1,
    name,
    backend: "native",
    ...(request.image === undefined ? {} : { image: { ref: request.image.ref, digest: request.image.digest } }),
    policy: withDigest({ files: policy.sources.map((source) => source.file) }, () => policy.digest),
    command: { argv: [...request.command], cwd, env, umask: 0o022 },
    identity,
    workspace: { source: workspace.source, target: workspace.target, mode: workspace.access },
    home: homeMountPoints(mounts, home.plan, identity.home),
    mounts: withoutHomeLinks(mounts, home.plan, identity.home),
    guard: files.guard,
    seccomp: resolveSeccomp(planning),
    nested: settings.process.nested,
    record: { exec: true },
    limits: resolveLimits(settings),
    // A denied socket isn't mounted.
    network: {
      ...network.plan,
      sockets: network.plan.sockets.filter(({ target }) => mounts.some((mount) => mount.target === target)),
    },
    ...(secrets.length === 0 ? {} : { secrets }),
    audit: settings.audit,
    alerts: settings.alerts,
    controls: askedControls(settings),
  };
}

interface Files {
  readonly mounts: readonly Mount[];
  readonly guard: Plan["guard"];
  /** Folders in which the command's program was found. */
  readonly folders: readonly string[];
}

interface TreeParts {
  readonly system: readonly Mount[];
  readonly sockets: readonly Grant[];
  /** The home inside. */
  readonly home: string;
}

/** Grants, program, protected and denied names, in the order in which they cover each other. */
function resolveTree(planning: Planning, workspace: Grant, parts: TreeParts): Files {
  const rules = denyRules(planning);
  const git = resolveGit(planning, workspace);
  const asked = allowed(planning, rules, [
    workspace,
    ...resolveFiles(planning, workspace),
    ...git.grants,
    ...parts.sockets,
  ]);
  const before = [...parts.system, ...grantMounts(orderGrants(asked, workspace))];
  refuseUnmountable(planning, asked, parts.system);
  const command = resolveCommand(planning, (path) => isShown(planning, before, path));
  const all = [...asked, ...allowed(planning, rules, command.grants)];
  const grants = orderGrants(all, workspace);
  const shown = [...parts.system, ...grantMounts(grants)];
  const trees = grants.filter((grant) => grant.origin !== "command");
  const floating = protectedNames(planning);
  const protect = [
    ...floating,
    ...namesBelow(floating, trees),
    ...git.names,
    ...policyNames(planning, trees),
    ...installationNames(planning, trees),
  ];
  const writable = trees.filter((grant) => grant.access === "write" && grant.type === "directory");
  const covered = [
    ...shown,
    ...protectedMounts(planning, protect, writable),
    ...templateMounts(planning, writable.length > 0 && protect.length > 0),
  ];
  const hiding = resolveDeny(planning, rules, { mounts: covered, grants: trees });
  const links = linkMounts(covered, [...linksOf(all), ...ownLinks(planning, workspace, parts.home)]);
  const mounts = [...covered, ...links, ...stateMasks(planning, covered), ...hiding.masks];
  return {
    mounts,
    guard: resolveGuard({
      grants: trees,
      protect,
      deny: [...hiding.names, ...namesBelow(hiding.names, trees), ...stateNames(planning, trees)],
    }),
    folders: command.folders,
  };
}

/** The grants that no deny rule takes back; denying the workspace itself is a contradiction. */
function allowed(
  { findings }: Planning,
  rules: ReturnType<typeof denyRules>,
  grants: readonly Grant[],
): readonly Grant[] {
  return grants.filter((grant) => {
    const rule = denying(rules, grant.source) ?? denying(rules, grant.named);
    if (rule === undefined) return true;
    if (grant.origin === "workspace") {
      const message = `the workspace ${grant.source} is denied by ${rule.pattern}`;
      findings.problem(rule.origin, {
        code: "workspace-refused",
        message,
        hint: "take the deny rule out, or choose another workspace",
      });
    } else {
      findings.note(`${grant.named} (${grant.origin}) isn't granted: ${rule.pattern} denies it (${rule.origin})`);
    }
    return false;
  });
}

/** The names by which the user knows the home and the working folder, when those go through links. */
function ownLinks(
  { view, request }: Planning,
  workspace: Grant,
  home: string,
): readonly { readonly from: string; readonly to: string }[] {
  const named = view.facts.user.home;
  const cwd = view.real(request.cwd);
  return [
    ...(view.real(named) === home ? [{ from: named, to: home }] : []),
    ...(cwd !== undefined && workspace.target === workspace.source && isInside(cwd, workspace.source)
      ? [{ from: request.cwd, to: cwd }]
      : []),
  ];
}

/** Whether a path leads inside to the very file that it leads to on the host. */
function isShown({ view }: Planning, mounts: readonly Mount[], path: string): boolean {
  const real = view.real(path);
  return real !== undefined && hostPathOf(mounts, realInside(mounts, view, path)) === real;
}

/** Whether something of ours lies in a folder: a file mounted there, or a link. */
function isReachable(mounts: readonly Mount[], folder: string): boolean {
  return mounts.some(
    (mount) => mount.kind !== "mask" && (mount.target === folder || mount.target.startsWith(`${folder}/`)),
  );
}

/** `claude` for `/usr/bin/claude`: letters that are safe in names of files and runs. */
function runName(command: string): string {
  const name = nameOf(command)
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, 40);
  return /^[A-Za-z0-9]/.test(name) ? name : "run";
}

function freeze<Value>(value: Value): Value {
  if (value === null || typeof value !== "object" || Object.isFrozen(value)) return value;
  // A digest is text that is computed when it is first asked for; freezing must not ask.
  for (const [key, { value: inner }] of Object.entries(Object.getOwnPropertyDescriptors(value)))
    if (key !== "digest") freeze(inner);
  return Object.freeze(value);
}
