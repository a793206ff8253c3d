// The names that stay read-only in a writable workspace, at any depth and also while absent: files that something outside the
// sandbox (git, a shell, an editor, another agent) would execute or obey. Pure.
// SECURITY(T1, T2, T4, T5): a name is protected, never only a file that happens to exist.
import { suggest } from "../core/text.js";
import { bad, good, type Reader } from "./atoms.js";

export interface ProtectedName {
  readonly name: string;
  /** Who would act on it. */
  readonly reason: string;
}

const GIT = "git runs it or obeys it on the next command outside";
const SHELL = "a shell that starts in this folder as home, or sources it, runs it";
const EDITOR = "the editor starts tasks and programs named in it";

export const DEFAULT_PROTECTED: readonly ProtectedName[] = [
  { name: ".git/hooks", reason: GIT },
  { name: ".git/config", reason: `${GIT} (aliases, filters, fsmonitor, sshCommand)` },
  { name: ".git/config.worktree", reason: GIT },
  { name: ".git/commondir", reason: `${GIT} (it names another folder to take the config from)` },
  { name: ".git/modules/**/hooks", reason: `${GIT} in a submodule` },
  { name: ".git/modules/**/config", reason: `${GIT} in a submodule` },
  { name: ".git/modules/**/config.worktree", reason: `${GIT} in a submodule` },
  { name: ".git/modules/**/commondir", reason: `${GIT} in a submodule` },
  { name: ".git/worktrees/*/commondir", reason: `${GIT} in a worktree` },
  { name: ".git/worktrees/*/config.worktree", reason: `${GIT} in a worktree` },
  { name: ".gitconfig", reason: "git reads it where this folder is a home" },
  { name: ".hg/hgrc", reason: "Mercurial's hooks and aliases, which it runs on the next command outside" },
  { name: ".hg/hgrc-not-shared", reason: "Mercurial's hooks and aliases, which it runs on the next command outside" },
  { name: ".hg/sharedpath", reason: "it names another folder for Mercurial to take its settings from" },
  { name: ".jj/repo/config.toml", reason: "programs that Jujutsu runs" },
  { name: ".husky", reason: "git hooks that the package's install step links in" },
  { name: ".pre-commit-config.yaml", reason: "the programs that pre-commit's git hook runs" },
  { name: "lefthook.yml", reason: "the programs that lefthook's git hooks run" },
  { name: ".lefthook.yml", reason: "the programs that lefthook's git hooks run" },
  { name: ".vscode", reason: EDITOR },
  { name: ".zed", reason: EDITOR },
  { name: ".idea", reason: EDITOR },
  { name: ".devcontainer", reason: "the editor builds and starts a container from it, with mounts it names" },
  { name: ".envrc", reason: "direnv runs it on entering the folder" },
  { name: ".claude/settings.json", reason: "Claude Code's hooks and permissions" },
  { name: ".claude/settings.local.json", reason: "Claude Code's hooks and permissions" },
  { name: ".claude/hooks", reason: "programs that Claude Code's hooks run" },
  { name: ".claude/commands", reason: "prompts that a later session obeys" },
  { name: ".claude/agents", reason: "prompts that a later session obeys" },
  { name: ".claude/skills", reason: "prompts and programs that a later session obeys" },
  { name: ".mcp.json", reason: "agents start the servers named in it" },
  { name: ".cursor", reason: "Cursor's rules, hooks and MCP servers" },
  { name: ".codex", reason: "Codex's settings and MCP servers" },
  { name: ".gemini/settings.json", reason: "Gemini CLI's settings and MCP servers" },
  { name: ".gemini/extensions", reason: "Gemini CLI's extensions and their MCP servers" },
  { name: ".opencode", reason: "opencode loads its plugins and tools" },
  { name: "opencode.json", reason: "opencode's permissions, plugins and MCP servers" },
  { name: "opencode.jsonc", reason: "opencode's permissions, plugins and MCP servers" },
  { name: ".pi", reason: "pi loads its extensions" },
  { name: ".aider.conf.yml", reason: "the programs that aider runs after each change" },
  { name: "mise.toml", reason: "mise runs its hooks on entering a folder that was trusted" },
  { name: ".mise.toml", reason: "mise runs its hooks on entering a folder that was trusted" },
  { name: ".Rprofile", reason: "R runs it when it is started in this folder" },
  { name: ".bashrc", reason: SHELL },
  { name: ".bash_profile", reason: SHELL },
  { name: ".profile", reason: SHELL },
  { name: ".bash_login", reason: SHELL },
  { name: ".zlogin", reason: SHELL },
  { name: ".zshrc", reason: SHELL },
  { name: ".zprofile", reason: SHELL },
  { name: ".zshenv", reason: SHELL },
  { name: ".ripgreprc", reason: "ripgrep's settings can name a program to run on each file" },
  { name: "cordon.yaml", reason: "the policy itself" },
];

const EXPECTED = "a name inside the workspace such as deploy/keys, without / at its ends and without . or ..";

/** A name to protect, or `!` and a name that is protected by default and shall not be. */
export const readProtectedEntry: Reader<string> = (text) => {
  const name = text.startsWith("!") ? text.slice(1) : text;
  const components = name.split("/");
  if (
    components.some((part) => part === "" || part === "." || part === "..") ||
    components.every((part) => part === "**" || part === "*")
  ) {
    return bad(EXPECTED);
  }
  if (/[\u0000-\u001f\u007f]/.test(name) || name.length > 1024) return bad(EXPECTED);
  if (text.startsWith("!") && !DEFAULT_PROTECTED.some((entry) => entry.name === name)) {
    const near = suggest(
      name,
      DEFAULT_PROTECTED.map((entry) => entry.name),
    );
    return bad(`"!" and a name that is protected by default${near === undefined ? "" : ` (did you mean "!${near}"?)`}`);
  }
  return good(text);
};

/** The names that hold: the default ones without those taken off, and the policy's own. */
export function protectedNames(entries: readonly string[]): readonly string[] {
  const removed = new Set(entries.filter((entry) => entry.startsWith("!")).map((entry) => entry.slice(1)));
  const kept = DEFAULT_PROTECTED.map((entry) => entry.name).filter((name) => !removed.has(name));
  return [...new Set([...kept, ...entries.filter((entry) => !entry.startsWith("!"))])];
}
