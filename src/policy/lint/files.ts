// Grants of files that reach further than they look. Pure.
import { compilePath, hasWildcard, isFloating, type PathMatcher } from "../pattern.js";
import { DEFAULT_PROTECTED } from "../protected.js";
import { type Finding, isWithin, type LintContext } from "./report.js";
import { AUTORUN, CREDENTIALS, type Sensitive, SOCKETS, WIDE } from "./sensitive.js";

type Access = "read" | "write";

export function* lintFiles(context: LintContext): Generator<Finding> {
  const { filesystem } = context.settings;
  for (const access of ["read", "write"] as const) {
    for (const [index, pattern] of filesystem[access].entries()) {
      yield* lintGrant(context, { access, pattern, path: `filesystem.${access}.${index}` });
    }
  }
  for (const key of ["read", "write", "deny"] as const) {
    for (const [index, pattern] of filesystem[key].entries()) yield* lintPattern(pattern, `filesystem.${key}.${index}`);
  }
  yield* lintWorkspace(context);
  yield* lintProtect(context);
  yield* lintAudit(context);
}

interface Grant {
  readonly access: Access;
  readonly pattern: string;
  readonly path: string;
}

/** The grant names this path, a folder around it, or something in it. */
function reaches(matcher: PathMatcher, path: string): boolean {
  if (matcher.floating) return false;
  return matcher.covers(path) || (isWithin(matcher.root, path) && !hasWildcard(path));
}

/** Names that no folder has: a pattern that matches both matches whatever there is. */
const PROBES = ["0aq-probe", "Zx9.probe"];

function coversAll(matcher: PathMatcher, folder: string): boolean {
  if (matcher.floating) return false;
  return matcher.covers(folder) || PROBES.every((probe) => matcher.covers(`${folder === "/" ? "" : folder}/${probe}`));
}

function* lintGrant(context: LintContext, grant: Grant): Generator<Finding> {
  const { access, pattern, path } = grant;
  const matcher = compilePath(pattern);
  const verb = access === "write" ? "lets the command read and change" : "shows the command";
  if (coversAll(matcher, "/")) {
    yield {
      severity: "error",
      path,
      code: "grants-root",
      message: `"${pattern}" ${verb} the whole file system`,
      hint: "grant the folders it needs",
    };
    return;
  }
  if (coversAll(matcher, context.home)) {
    yield {
      severity: "error",
      path,
      code: "grants-home",
      message: `"${pattern}" ${verb} the whole home folder`,
      hint: "grant the folders it needs",
    };
    return;
  }
  yield* lintSockets(matcher, path);
  const wide = WIDE.find((entry) => matcher.matches(entry.path));
  if (wide !== undefined)
    yield { severity: "warning", path, code: "grants-wide", message: `"${pattern}" is wide: ${wide.what}` };
  const found = (table: readonly Sensitive[]) => table.find((entry) => reaches(matcher, context.absolute(entry.path)));
  const autorun = access === "write" ? found(AUTORUN) : undefined;
  if (autorun !== undefined) {
    yield {
      severity: "warning",
      path,
      code: "grants-autorun",
      message: `writing to "${pattern}" reaches ${context.absolute(autorun.path)} (${autorun.what}): the command could run programs outside the sandbox`,
    };
  }
  const credential = found(CREDENTIALS);
  if (credential !== undefined) {
    yield {
      severity: "warning",
      path,
      code: "grants-credentials",
      message: `"${pattern}" reaches ${context.absolute(credential.path)} (${credential.what})`,
      hint: "a key in `secrets` is usable without being readable",
    };
  }
}

/** Sockets that a path or pattern reaches; also for `network.sockets`. */
export function* lintSockets(matcher: PathMatcher, path: string): Generator<Finding> {
  if (matcher.floating) return;
  const socket = SOCKETS.find((entry) => {
    const concrete = entry.path.replaceAll("*", "1000");
    return compilePath(entry.path).matches(matcher.pattern) || matcher.covers(concrete);
  });
  if (socket === undefined) return;
  yield {
    severity: "warning",
    path,
    code: "grants-socket",
    message: `"${matcher.pattern}" reaches ${socket.path}: ${socket.what}`,
  };
}

function* lintPattern(pattern: string, path: string): Generator<Finding> {
  if (/\{[^/{}]*,[^/{}]*\}/.test(pattern)) {
    yield {
      severity: "warning",
      path,
      code: "literal-braces",
      message: `braces in "${pattern}" stand for themselves`,
      hint: "write one entry for each name",
    };
  }
  if (/\[[^/[\]]*-[^/[\]]*\]/.test(pattern)) {
    yield {
      severity: "warning",
      path,
      code: "literal-brackets",
      message: `brackets in "${pattern}" stand for themselves`,
      hint: "use ? or *",
    };
  }
  if (isFloating(pattern) && !path.startsWith("filesystem.deny")) {
    yield {
      severity: "warning",
      path,
      code: "floating-grant",
      message: `"${pattern}" grants nothing outside what is granted already`,
      hint: "name the folder that it should be found in",
    };
  }
}

function* lintWorkspace(context: LintContext): Generator<Finding> {
  const { path: workspace, mode } = context.settings.workspace;
  const path = "workspace.path";
  if (!context.isWritten(path)) return;
  if (isWithin(context.home, workspace)) {
    const what = workspace === "/" ? "the whole file system" : "a folder that holds the whole home";
    yield {
      severity: "error",
      path,
      code: "workspace-wide",
      message: `the workspace ${workspace} is ${what}`,
      hint: "choose a project's folder",
    };
    return;
  }
  const credential = CREDENTIALS.find((entry) => isWithin(workspace, context.absolute(entry.path)));
  if (credential !== undefined) {
    yield {
      severity: "warning",
      path,
      code: "grants-credentials",
      message: `the workspace ${workspace} holds ${credential.what}`,
    };
  }
  const autorun = AUTORUN.find((entry) => isWithin(workspace, context.absolute(entry.path)));
  if (autorun !== undefined && mode === "write") {
    yield {
      severity: "warning",
      path,
      code: "grants-autorun",
      message: `the workspace ${workspace} holds ${autorun.what}`,
    };
  }
}

function* lintProtect(context: LintContext): Generator<Finding> {
  const { protect } = context.settings.workspace;
  const path = "workspace.protect";
  const held = new Set(protect);
  const removed = DEFAULT_PROTECTED.filter((entry) => !held.has(entry.name));
  for (const { name, reason } of removed) {
    yield {
      severity: "warning",
      path,
      code: "protect-removed",
      message: `${name} isn't protected any more: ${reason}`,
    };
  }
  if (removed.length === 0 && context.isWritten(path) && protect.length === DEFAULT_PROTECTED.length) {
    yield {
      severity: "warning",
      path,
      code: "protect-empty",
      message: "this list takes nothing off the names that are protected by default",
      hint: 'write "!NAME" to take one off',
    };
  }
}

function* lintAudit(context: LintContext): Generator<Finding> {
  const { audit, workspace, filesystem } = context.settings;
  // A grant of the whole home was told already.
  const inWorkspace =
    context.isWritten("workspace.path") &&
    isWithin(audit.dir, workspace.path) &&
    !isWithin(context.home, workspace.path);
  const granted = filesystem.write.find((pattern) => {
    const matcher = compilePath(pattern);
    return matcher.covers(audit.dir) && !coversAll(matcher, context.home);
  });
  if (!inWorkspace && granted === undefined) return;
  yield {
    severity: "error",
    path: granted === undefined ? "audit.dir" : `filesystem.write.${filesystem.write.indexOf(granted)}`,
    code: "audit-writable",
    message: `the command could write to ${audit.dir}, where its own record is kept`,
  };
}
