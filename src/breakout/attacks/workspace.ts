// The attacks of the group workspace, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { workspaceClaudeSettings } from "./workspace/claude-settings.js";
import { workspaceCodexSettings } from "./workspace/codex-settings.js";
import { workspaceCursorRules } from "./workspace/cursor-rules.js";
import { workspaceDeepHook } from "./workspace/deep-hook.js";
import { workspaceDevcontainer } from "./workspace/devcontainer.js";
import { workspaceDirenv } from "./workspace/direnv.js";
import { workspaceEditorOther } from "./workspace/editor-other.js";
import { workspaceEditorTasks } from "./workspace/editor-tasks.js";
import { workspaceGeminiSettings } from "./workspace/gemini-settings.js";
import { workspaceGitCommondir } from "./workspace/git-commondir.js";
import { workspaceGitConfig } from "./workspace/git-config.js";
import { workspaceHookHardLink } from "./workspace/hook-hard-link.js";
import { workspaceHooksMovedIn } from "./workspace/hooks-moved-in.js";
import { workspaceHooksPath } from "./workspace/hooks-path.js";
import { workspaceHusky } from "./workspace/husky.js";
import { workspaceLefthook } from "./workspace/lefthook.js";
import { workspaceLinkedSettings } from "./workspace/linked-settings.js";
import { workspaceMcpServers } from "./workspace/mcp-servers.js";
import { workspaceOwnPolicy } from "./workspace/own-policy.js";
import { workspacePreCommit } from "./workspace/pre-commit.js";
import { workspaceProtectedNames } from "./workspace/protected-names.js";
import { workspaceReadOnly } from "./workspace/read-only.js";
import { workspaceReadOnlyModes } from "./workspace/read-only-modes.js";
import { workspaceRepositoryMoved } from "./workspace/repository-moved.js";
import { workspaceShellFiles } from "./workspace/shell-files.js";
import { workspaceThroughProc } from "./workspace/through-proc.js";
import { workspaceZedSettings } from "./workspace/zed-settings.js";

export const WORKSPACE: readonly Attack[] = [
  workspaceProtectedNames,
  workspaceDeepHook,
  workspaceGitConfig,
  workspaceHooksPath,
  workspaceGitCommondir,
  workspaceHooksMovedIn,
  workspaceRepositoryMoved,
  workspaceHookHardLink,
  workspaceThroughProc,
  workspaceDirenv,
  workspaceEditorTasks,
  workspaceEditorOther,
  workspaceZedSettings,
  workspaceClaudeSettings,
  workspaceMcpServers,
  workspaceCursorRules,
  workspaceCodexSettings,
  workspaceGeminiSettings,
  workspaceHusky,
  workspacePreCommit,
  workspaceLefthook,
  workspaceDevcontainer,
  workspaceShellFiles,
  workspaceOwnPolicy,
  workspaceLinkedSettings,
  workspaceReadOnly,
  workspaceReadOnlyModes,
];
