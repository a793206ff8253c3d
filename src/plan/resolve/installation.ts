// The running Cordon in a folder that the command may write: as a dependency of the project it is protected there, so that the command can't
// choose what the next `npx cordon` does. Anywhere else the folder is refused.
import type { HostView } from "../../host/types.js";
import { isInside } from "../paths.js";
import type { GuardedName } from "../types.js";
import type { Refusal } from "./forbidden.js";
import { namesWithin } from "./guard.js";
import type { Grant, Planning } from "./planning.js";

const PACKAGE = "/node_modules/cordon";

/** Why a folder can't be writable, or undefined. */
export function refuseInstallation(view: HostView, path: string): Refusal | undefined {
  const init = initOf(view);
  if (init === undefined || !isInside(init, path)) return undefined;
  if (packagesOf(init).some((folder) => folder !== path && isInside(folder, path))) return undefined;
  return {
    message: `${path} contains the running Cordon (${init}), which the command could rewrite`,
    hint: "install Cordon outside of it (npm install -g), or use --mode read",
  };
}

/** SECURITY(H20): the package and what npm puts in the path for it, in each writable folder that holds them. */
export function installationNames({ view }: Planning, grants: readonly Grant[]): readonly GuardedName[] {
  const init = initOf(view);
  if (init === undefined) return [];
  const paths = packagesOf(init).flatMap((folder) => [folder, folder.replace(/cordon$/, ".bin/cordon")]);
  const writable = grants.filter((grant) => grant.access === "write");
  return namesWithin(writable, paths, { kind: "protect", origin: "cordon" });
}

function initOf(view: HostView): string | undefined {
  const path = view.facts.init?.path;
  return path === undefined ? undefined : (view.real(path) ?? path);
}

/** The package's folder, and with package managers that link to a store (pnpm) the link's place as well. None: it isn't a dependency. */
function packagesOf(init: string): readonly string[] {
  if (!init.includes(`${PACKAGE}/`)) return [];
  const folders: string[] = [];
  for (let at = init.indexOf("/node_modules/"); at !== -1; at = init.indexOf("/node_modules/", at + 1))
    folders.push(`${init.slice(0, at)}${PACKAGE}`);
  return folders;
}
