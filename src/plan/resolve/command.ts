// The command's own program: when it lives outside of what is shown (nvm, pyenv, npm's global prefix, pipx), the least that
// makes it run is granted read-only. Never a home, never a folder of credentials, never what only lies near.
import { isInside, nameOf, parentOf, pathFrom } from "../paths.js";
import { credentialFolder, homesOf, refusalOf } from "./forbidden.js";
import type { Grant, Planning } from "./planning.js";
import { interpreterOf } from "./shebang.js";

export interface CommandGrants {
  readonly grants: readonly Grant[];
  /** Folders for the sandbox's PATH, in the order in which they were found. */
  readonly folders: readonly string[];
}

const MAX_CHAIN = 6;
const ORIGIN = "command";

/** Grants for the program that `command[0]` names and for its interpreters. A program that isn't found is none of ours: 127 is said inside. */
export function resolveCommand(planning: Planning, isVisible: (path: string) => boolean): CommandGrants {
  const { view, request } = planning;
  // Programs of the host have no place on top of an image.
  if (request.image !== undefined) return { grants: [], folders: [] };
  const grants: Grant[] = [];
  const folders: string[] = [];
  let path = firstProgram(planning);
  for (let step = 0; path !== undefined && step < MAX_CHAIN; step++) {
    const real = view.real(path);
    if (real === undefined) break;
    folders.push(parentOf(path));
    const covered = (other: string) => isVisible(other) || grants.some((grant) => isInside(other, grant.source));
    if (!covered(real) || !covered(path)) {
      grants.push(...programGrants(planning, path, real).filter((grant) => !covered(grant.named)));
    }
    path = interpreterOf(view, real);
  }
  return { grants, folders };
}

/** Path of the first program to be shown. What begins at the working folder is taken as it stands there: only its interpreter is. */
function firstProgram({ view, request }: Planning): string | undefined {
  const first = request.command[0] ?? "";
  if (!first.includes("/")) return view.which(first);
  if (first.startsWith("/")) return first;
  const real = view.real(pathFrom(request.cwd, first));
  return real === undefined ? undefined : interpreterOf(view, real);
}

function programGrants(planning: Planning, path: string, real: string): readonly Grant[] {
  const { view, findings } = planning;
  const home = homesOf(view).find((folder) => parentOf(path) === folder || parentOf(real) === folder);
  if (home !== undefined) {
    const message = `the program ${path} lies directly in the home folder`;
    findings.problem("filesystem.read", {
      code: "path-refused",
      message,
      hint: "move it into a folder of its own, such as ~/.local/bin",
    });
    return [];
  }
  const sources = [...new Set([...prefixSources(planning, path), ...prefixSources(planning, real)])];
  const granted = sources.flatMap((source) => grantOf(planning, source, source) ?? []);
  const missing = [path, real].filter((each) => !granted.some((grant) => isInside(each, grant.named)));
  const own = missing.flatMap((each) => grantOf(planning, each, view.real(each) ?? each) ?? []);
  if (own.length < missing.length)
    findings.note(`${path} lies where nothing is granted unasked; name its folder with --read if it shall run inside`);
  return [...granted, ...own];
}

function grantOf({ view, settings }: Planning, named: string, path: string): Grant | undefined {
  const source = view.real(path);
  const kind = source === undefined ? undefined : view.kind(source);
  if (source === undefined || (kind !== "file" && kind !== "directory")) return undefined;
  // SECURITY: finding a program must never open what the policy itself could open only by name.
  if (
    refusalOf(view, settings, { path: source, write: false }) !== undefined ||
    credentialFolder(view, source) !== undefined
  )
    return undefined;
  return { source, named, target: source, access: "read", type: kind, origin: ORIGIN };
}

/** The folders of the installation that a program belongs to. Empty for a lone file: then only the file is shown. */
function prefixSources({ view }: Planning, path: string): readonly string[] {
  const modules = /^(.*?)\/node_modules\//.exec(path)?.[1];
  if (modules !== undefined) {
    const prefix = nameOf(modules) === "lib" ? parentOf(modules) : undefined;
    return [`${modules}/node_modules`, ...(prefix === undefined || isPersonal(view, prefix) ? [] : [`${prefix}/bin`])];
  }
  const folder = parentOf(path);
  const prefix = parentOf(folder);
  if (nameOf(folder) !== "bin" || prefix === "/") return [];
  if (view.kind(`${prefix}/pyvenv.cfg`) === "file") return [prefix];
  if (isPersonal(view, prefix)) return [];
  const outside = !homesOf(view).some((home) => isInside(prefix, home));
  // Outside of the home an installation is shown as a whole, unless it is a top folder such as /opt.
  if (outside) return prefix.lastIndexOf("/") > 0 ? [prefix] : [folder];
  return view.kind(`${prefix}/lib`) === "directory" ? [folder, `${prefix}/lib`] : [folder];
}

/** Prefixes that hold far more of the user than one program. */
function isPersonal({ facts, real }: Planning["view"], prefix: string): boolean {
  const home = real(facts.user.home) ?? facts.user.home;
  return [facts.user.home, home].some((each) => prefix === each || prefix === `${each}/.local`);
}
