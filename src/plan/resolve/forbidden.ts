// Which host folders are never granted: a whole home, the system's own trees, Cordon's state, the running Cordon. One rule for the
// workspace, filesystem.read and filesystem.write. A folder is judged by its name also when it isn't there yet.

import type { HostView } from "../../host/types.js";
import type { Settings } from "../../policy/types.js";
import { isInside, parentOf } from "../paths.js";
import { realOrWouldBe } from "./glob.js";
import { refuseInstallation } from "./installation.js";

export interface Refusal {
  readonly message: string;
  readonly hint: string;
}

/** Folders of the home that hold credentials or the like; a glob never opens one by accident. */
const CREDENTIAL_FOLDERS = [
  ".ssh",
  ".gnupg",
  ".aws",
  ".azure",
  ".kube",
  ".docker",
  ".password-store",
  ".config/gcloud",
  ".config/gh",
  ".config/op",
  ".config/sops",
  ".config/google-chrome",
  ".config/chromium",
  ".config/BraveSoftware",
  ".mozilla",
  ".thunderbird",
  ".local/share/keyrings",
  ".pki",
  ".config/rclone",
  ".config/Signal",
  ".electrum",
  ".bitcoin",
] as const;

const HOME_SIGNS = [".ssh", ".profile", ".bashrc", ".zshrc", ".bash_history", ".config"] as const;
const STATE_FOLDERS = [".local/state/cordon", ".config/cordon", ".cache/cordon", ".local/share/cordon"] as const;
const STATE_VARIABLES = [
  "XDG_STATE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_CACHE_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
] as const;
/** The sandbox has its own of these; showing the host's would undo a control. */
const OWN_TREES = ["/proc", "/sys", "/dev"] as const;
const NEVER_WHOLE = ["/tmp", "/var/tmp", "/run", "/etc", "/home", "/root", "/boot", ...OWN_TREES] as const;
/** Programs that everybody runs, root too. */
const NEVER_WRITABLE = [
  "/usr/bin",
  "/usr/sbin",
  "/usr/lib",
  "/usr/local/bin",
  "/bin",
  "/sbin",
  "/lib",
  "/lib64",
] as const;

function withReal(view: HostView, paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap((path) => [path, realOrWouldBe(view, path)]))];
}

export function homesOf(view: HostView): readonly string[] {
  // $HOME isn't believed for what is granted, but what it names is refused as well.
  const named = view.env("HOME") ?? "";
  return withReal(view, [view.facts.user.home, ...(/^\/./.test(named) ? [named] : [])]);
}

export function credentialFolder(view: HostView, path: string): string | undefined {
  const folders = homesOf(view).flatMap((home) => CREDENTIAL_FOLDERS.map((folder) => `${home}/${folder}`));
  return folders.find((folder) => isInside(path, folder));
}

/** Where Cordon keeps trust, records, homes and control sockets. */
export function stateFolders(view: HostView, settings: Settings): readonly string[] {
  const fromHome = homesOf(view).flatMap((home) => STATE_FOLDERS.map((folder) => `${home}/${folder}`));
  const fromEnvironment = STATE_VARIABLES.flatMap((name) => {
    const value = view.env(name);
    return value?.startsWith("/") ? [`${value}/cordon`] : [];
  });
  // Sessions that don't name their runtime folder find the running sandboxes there all the same.
  const { uid } = view.facts.user;
  const runtime = [`/run/user/${uid}/cordon`, `/tmp/cordon-podman-${uid}`];
  return withReal(view, [...fromHome, ...fromEnvironment, ...runtime, settings.audit.dir]);
}

/** Why a real host path can't be granted, or undefined. SECURITY(H20, H35): state and control sockets stay out of reach. */
export function refusalOf(
  view: HostView,
  settings: Settings,
  asked: { readonly path: string; readonly write: boolean },
): Refusal | undefined {
  return (
    refuseTree(view, asked.path) ??
    refuseState(view, settings, asked) ??
    (asked.write ? (refuseInstallation(view, asked.path) ?? refusePrograms(asked.path)) : undefined)
  );
}

function refuseTree(view: HostView, path: string): Refusal | undefined {
  const hint = "name the folders that are needed, not one that contains everything";
  if (path === "/") return { message: "/ is the whole system", hint };
  for (const home of homesOf(view)) {
    if (path === home) return { message: `${path} is the whole home folder`, hint };
    if (isInside(home, path)) return { message: `${path} contains the home folder ${home}`, hint };
  }
  // Root sees other people's homes too, and doesn't know whose they are.
  if (parentOf(path) === "/home" && HOME_SIGNS.some((name) => view.kind(`${path}/${name}`) !== undefined)) {
    return { message: `${path} is somebody's whole home folder`, hint };
  }
  const own = OWN_TREES.find((tree) => isInside(path, tree));
  if (own !== undefined)
    return { message: `${path} lies in ${own}, of which the sandbox has its own`, hint: "leave it out" };
  const whole = [...NEVER_WHOLE, `/run/user/${view.facts.user.uid}`].find((tree) => isInside(tree, path));
  if (whole === undefined) return undefined;
  return {
    message: path === whole ? `${path} holds what other programs keep there` : `${path} contains ${whole}`,
    hint,
  };
}

function refuseState(
  view: HostView,
  settings: Settings,
  asked: { readonly path: string; readonly write: boolean },
): Refusal | undefined {
  for (const folder of stateFolders(view, settings)) {
    if (isInside(asked.path, folder))
      return { message: `${asked.path} lies in Cordon's own ${folder}`, hint: "choose another folder" };
    if (asked.write && isInside(folder, asked.path)) {
      return {
        message: `${asked.path} contains Cordon's own ${folder}, which must not be writable inside`,
        hint: "choose a folder below it",
      };
    }
  }
  return undefined;
}

function refusePrograms(path: string): Refusal | undefined {
  const tree = NEVER_WRITABLE.find((each) => isInside(each, path) || isInside(path, each));
  if (tree === undefined) return undefined;
  return {
    message: `${path} holds the system's programs`,
    hint: "grant it with filesystem.read, or choose another folder",
  };
}
