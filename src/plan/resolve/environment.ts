// The command's environment: what the policy names and the few variables every program needs. Nothing of the user's own
// environment gets in unasked.

import type { HostView } from "../../host/types.js";
import { componentMatches, hasWildcard } from "../../policy/pattern.js";
import { isInside } from "../paths.js";
import type { Plan } from "../types.js";
import type { Planning } from "./planning.js";

const STANDARD_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"] as const;
/** For a view that can't list the environment. */
const LOCALE_NAMES = [
  "LC_ALL",
  "LC_ADDRESS",
  "LC_COLLATE",
  "LC_CTYPE",
  "LC_IDENTIFICATION",
  "LC_MEASUREMENT",
  "LC_MESSAGES",
  "LC_MONETARY",
  "LC_NAME",
  "LC_NUMERIC",
  "LC_PAPER",
  "LC_TELEPHONE",
  "LC_TIME",
] as const;
/** Variables that make programs load code, or that carry credentials of a proxy: never by a glob, only by their full name. */
const NOT_BY_GLOB =
  /^(?:LD_.*|NODE_OPTIONS|PYTHONPATH|PYTHONSTARTUP|PERL5.*|RUBYOPT|BASH_ENV|ENV|GIT_.*|.*_proxy|.*_PROXY)$/;

export interface EnvironmentParts {
  readonly identity: Plan["identity"];
  readonly cwd: string;
  readonly shell: string;
  /** Name of the run. */
  readonly name: string;
  /** Folders of the command's own program, and whether a folder can be seen inside. */
  readonly folders: readonly string[];
  readonly isVisible: (path: string) => boolean;
  /** Proxies and certificates. */
  readonly network: Readonly<Record<string, string>>;
  /** Variables that get a placeholder when the run begins: SECURITY(T11): the user's own is never handed on. */
  readonly withheld: readonly string[];
}

export function resolveEnvironment(planning: Planning, parts: EnvironmentParts): Readonly<Record<string, string>> {
  const { identity, cwd, shell, name } = parts;
  const { env } = planning.settings.process;
  const needed = {
    HOME: identity.home,
    USER: identity.user,
    LOGNAME: identity.user,
    SHELL: shell,
    PATH: searchPath(planning, parts),
    PWD: cwd,
    TMPDIR: "/tmp",
    XDG_RUNTIME_DIR: `/run/user/${identity.uid}`,
    CORDON: "1",
    CORDON_RUN: name,
  };
  const all = {
    ...planning.request.image?.env,
    ...needed,
    ...parts.network,
    ...passed(planning.view, env.pass, Object.keys({ ...needed, ...parts.network })),
    ...env.set,
  };
  const given = Object.entries(all).filter(([each]) => !parts.withheld.includes(each));
  return Object.fromEntries(given.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The variables that `process.env.pass` names. Those that Cordon decides (HOME, PATH) aren't taken from the user. */
function passed(
  view: HostView,
  patterns: readonly string[],
  decided: readonly string[],
): Readonly<Record<string, string>> {
  const names = patterns.flatMap((pattern) => {
    if (!hasWildcard(pattern)) return [pattern];
    return (view.envNames?.() ?? LOCALE_NAMES).filter(
      (name) => componentMatches(pattern, name) && !NOT_BY_GLOB.test(name),
    );
  });
  const found = names.filter((name) => !decided.includes(name)).map((name) => [name, view.env(name)] as const);
  return Object.fromEntries(found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** The user's own order of those folders that can be seen inside, then what is missing of the standard ones. */
function searchPath({ view, request }: Planning, { folders, isVisible }: EnvironmentParts): string {
  if (request.image !== undefined) return request.image.env["PATH"] ?? STANDARD_PATH.join(":");
  const own = (view.env("PATH") ?? "").split(":").filter((folder) => folder.startsWith("/"));
  const seen = own.filter((folder) => folders.includes(folder) || isVisible(folder));
  const standard = STANDARD_PATH.filter((folder) => view.kind(folder) !== undefined);
  return [
    ...new Set([...seen, ...folders.filter((folder) => !own.includes(folder) && !isStandard(folder)), ...standard]),
  ].join(":");
}

function isStandard(folder: string): boolean {
  return STANDARD_PATH.some((each) => each === folder);
}

/** The user's shell when it can be seen inside, else /bin/sh. */
export function resolveShell(view: HostView): string {
  const shell = view.env("SHELL") ?? "";
  const real = shell.startsWith("/") ? view.real(shell) : undefined;
  return real !== undefined && ["/usr/bin", "/bin"].some((folder) => isInside(real, folder)) ? shell : "/bin/sh";
}
