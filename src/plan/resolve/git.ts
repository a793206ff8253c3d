// Repositories whose data lies outside of the workspace: worktrees and submodules, and hooks that git would run from an unusual
// place. SECURITY: the workspace's `.git` file was perhaps written by an agent, so what it names is granted only when the other
// side, which the agent can't write, names this workspace too. Git itself is never run.
import type { HostView } from "../../host/types.js";
import { isInside, lineage, nameOf, parentOf, pathFrom, restOf } from "../paths.js";
import type { GuardedName } from "../types.js";
import { refusalOf } from "./forbidden.js";
import { realOrWouldBe } from "./glob.js";
import { type GitConfig, readGitConfig } from "./ini.js";
import type { Grant, Planning } from "./planning.js";

export interface Git {
  readonly grants: readonly Grant[];
  /** Names that only hold in one place, beside `workspace.protect`. */
  readonly names: readonly GuardedName[];
}

export function resolveGit(planning: Planning, workspace: Grant): Git {
  const { view } = planning;
  const dotGit = `${workspace.source}/.git`;
  const kind = view.kind(dotGit);
  if (kind === undefined) noteOuterRepository(planning, workspace);
  if (kind === "symlink") {
    planning.findings.note(
      `${dotGit} is a symbolic link; what it leads to isn't granted (add it to filesystem.write if git shall work inside)`,
    );
  }
  const folder = kind === "file" ? outsideRepository(planning, workspace, dotGit) : undefined;
  const grants = folder === undefined ? [] : [gitGrant(planning, workspace, folder)].flatMap((grant) => grant ?? []);
  const protectedIn = grants.flatMap((grant) => anchoredNames(planning, grant.target));
  const configs = ["config", "config.worktree"].map((name) => `${folder ?? dotGit}/${name}`);
  return { grants, names: [...protectedIn, ...hookNames(planning, workspace, configs)] };
}

/** The repository of a worktree or submodule, when both sides agree that it belongs to this workspace. */
function outsideRepository({ view, findings }: Planning, workspace: Grant, dotGit: string): string | undefined {
  const named = /^gitdir:\s*(.+?)\s*$/.exec(view.text(dotGit, 4096) ?? "")?.[1];
  const gitDir = named === undefined ? undefined : view.real(pathFrom(workspace.source, named));
  const folder =
    gitDir === undefined
      ? undefined
      : (worktreeRepository(view, gitDir, dotGit) ?? submoduleRepository(view, gitDir, workspace.source));
  if (folder === undefined) {
    findings.note(`${dotGit} names a repository that doesn't name this workspace in turn; nothing of it is granted`);
    return undefined;
  }
  return isInside(folder, workspace.source) ? undefined : folder;
}

function worktreeRepository(view: HostView, gitDir: string, dotGit: string): string | undefined {
  const back = view.text(`${gitDir}/gitdir`, 4096)?.trim();
  const shared = view.text(`${gitDir}/commondir`, 4096)?.trim();
  if (back === undefined || shared === undefined) return undefined;
  const common = view.real(pathFrom(gitDir, shared));
  // An agent could write a `commondir` in a folder of its own: only git makes one below the repository itself.
  const isOurs =
    common !== undefined && parentOf(gitDir) === `${common}/worktrees` && view.real(pathFrom(gitDir, back)) === dotGit;
  return isOurs && isRepository(view, common) ? common : undefined;
}

function submoduleRepository(view: HostView, gitDir: string, workspace: string): string | undefined {
  if (!/\/\.git\/(?:.+\/)?modules\//.test(gitDir)) return undefined;
  const worktree = configOf(view, `${gitDir}/config`)?.get("core.worktree");
  const agrees = worktree !== undefined && view.real(pathFrom(gitDir, worktree)) === workspace;
  return agrees && isRepository(view, gitDir) ? gitDir : undefined;
}

function isRepository(view: HostView, folder: string): boolean {
  return (
    view.kind(`${folder}/HEAD`) === "file" &&
    view.kind(`${folder}/objects`) === "directory" &&
    view.kind(`${folder}/refs`) === "directory"
  );
}

function configOf(view: HostView, path: string): GitConfig | undefined {
  const text = view.text(view.real(path) ?? path);
  return text === undefined ? undefined : readGitConfig(text);
}

function gitGrant({ view, settings, findings }: Planning, workspace: Grant, folder: string): Grant | undefined {
  const refusal = refusalOf(view, settings, { path: folder, write: workspace.access === "write" });
  if (refusal === undefined) {
    return {
      source: folder,
      named: folder,
      target: folder,
      access: workspace.access,
      type: "directory",
      origin: "workspace.path",
    };
  }
  findings.note(`the repository of this worktree isn't granted: ${refusal.message}`);
  return undefined;
}

/** What `workspace.protect` says of `.git/…`, for a git folder that has another name. */
function anchoredNames({ settings }: Planning, folder: string): readonly GuardedName[] {
  return settings.workspace.protect.flatMap((name, index): readonly GuardedName[] => {
    const components = name.split("/");
    if (components[0] !== ".git" || components.length < 2) return [];
    return [
      {
        kind: protectKind(components),
        components: components.slice(1),
        anchor: folder,
        origin: `workspace.protect.${index}`,
      },
    ];
  });
}

/** Git's own configuration may be changed to harmless content: `git config`, `git remote add` and `git clone` do that. */
export function protectKind(components: readonly string[]): "protect" | "git-config" {
  const last = components.at(-1);
  return components[0] === ".git" && (last === "config" || last === "config.worktree") ? "git-config" : "protect";
}

/** SECURITY(H4): a hooks folder in the workspace is protected wherever the configuration puts it, also while it is absent. */
function hookNames({ view, findings }: Planning, workspace: Grant, configs: readonly string[]): readonly GuardedName[] {
  const { home } = view.facts.user;
  const names = new Map<string, GuardedName>();
  for (const path of [...configs, `${home}/.gitconfig`, `${home}/.config/git/config`, "/etc/gitconfig"]) {
    const config = configOf(view, path);
    if (config === undefined) continue;
    if (config.hasIncludes && configs.includes(path)) {
      findings.note(`${path} includes other files, in which a core.hooksPath isn't looked for`);
    }
    const hooks = hooksFolder(config.get("core.hookspath"), workspace.source, home);
    const rest = hooks === undefined ? undefined : restOf(realOrWouldBe(view, hooks), workspace.source);
    if (rest === undefined || rest === "") continue;
    // Husky's `_` only calls the scripts beside it.
    const components = (nameOf(rest) === "_" && rest.includes("/") ? parentOf(`/${rest}`).slice(1) : rest).split("/");
    names.set(components.join("/"), {
      kind: "protect",
      components,
      anchor: workspace.target,
      origin: "workspace.protect",
    });
  }
  return [...names.values()];
}

function hooksFolder(value: string | undefined, workspace: string, home: string): string | undefined {
  if (value === undefined || value === "") return undefined;
  return pathFrom(workspace, value.startsWith("~/") ? `${home}${value.slice(1)}` : value);
}

/** The workspace is a folder of a larger repository: its data isn't granted unasked, since hooks and other folders come with it. */
function noteOuterRepository({ view, findings }: Planning, workspace: Grant): void {
  const outer = lineage(workspace.source)
    .slice(1, -1)
    .reverse()
    .find((folder) => view.kind(`${folder}/.git`) !== undefined);
  if (outer === undefined) return;
  findings.note(
    `${workspace.source} is part of the repository ${outer}; git won't work inside unless it is granted (--workspace ${outer}, or --write ${outer}/.git)`,
  );
}
