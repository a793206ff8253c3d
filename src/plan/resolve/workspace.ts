// The workspace: where it really is, where it appears, and the folder in which the command starts.
import { isInside, rebase } from "../paths.js";
import { credentialFolder, refusalOf } from "./forbidden.js";
import type { Grant, Planning } from "./planning.js";

/** Places inside that are the sandbox's own; a workspace can't be mounted over them. */
const RESERVED = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/etc",
  "/proc",
  "/dev",
  "/sys",
  "/nix",
  "/gnu",
] as const;
const RESERVED_EXACTLY = ["/", "/tmp", "/var", "/var/tmp", "/run", "/run/user", "/home"] as const;

/** The workspace as a grant, or undefined after a problem was reported. */
export function resolveWorkspace(planning: Planning): Grant | undefined {
  const { settings, view, findings } = planning;
  const named = settings.workspace.path;
  const refuse = (message: string, hint: string, setting = "workspace.path") => {
    findings.problem(setting, { code: "workspace-refused", message, hint });
    return undefined;
  };
  const source = view.real(named);
  if (source === undefined)
    return refuse(`the workspace ${named} doesn't exist or can't be reached`, "create it, or name another with -w");
  if (view.kind(source) !== "directory")
    return refuse(`the workspace ${named} isn't a folder`, "name a folder with -w");
  const write = settings.workspace.mode !== "read";
  const refusal = refusalOf(view, settings, { path: source, write });
  if (refusal !== undefined) return refuse(`the workspace can't be used: ${refusal.message}`, refusal.hint);
  const credentials = credentialFolder(view, source);
  if (credentials !== undefined)
    return refuse(
      `the workspace can't be used: ${source} lies in ${credentials}, which holds credentials`,
      "choose another folder",
    );
  const target = settings.workspace.mount ?? source;
  const reserved = target === source ? undefined : reservedTarget(planning, target);
  if (reserved !== undefined)
    return refuse(
      `the workspace can't be mounted at ${target}: ${reserved}`,
      "use a path such as /work",
      "workspace.mount",
    );
  return { source, named, target, access: write ? "write" : "read", type: "directory", origin: "workspace" };
}

function reservedTarget({ view }: Planning, target: string): string | undefined {
  const { home, uid } = view.facts.user;
  const inside = RESERVED.find((tree) => isInside(target, tree));
  if (inside !== undefined) return `${inside} is the system's`;
  const exact = [...RESERVED_EXACTLY, home, `/run/user/${uid}`].find((tree) => target === tree);
  if (exact !== undefined || isInside(home, target)) return "the sandbox has something of its own there";
  return undefined;
}

/** The folder inside in which the command starts: the caller's own when that is in the workspace. */
export function startFolder({ view, request }: Planning, workspace: Grant): string {
  const real = view.real(request.cwd);
  return (real === undefined ? undefined : rebase(real, workspace.source, workspace.target)) ?? workspace.target;
}
