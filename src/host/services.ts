// Whether the user's own systemd manager makes a service here in which cordon-init can do its part: asked by having it make one, with a time
// limit. What worked is remembered for this boot and this program.
import { execFile } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemdPath } from "../core/argv.js";
import { canonicalJson } from "../core/digest.js";
import { printable } from "../core/text.js";
import { cacheFolder, contextKey, readOwn, writeOwn } from "./cache.js";
import { firstObstacle, parseAnswers } from "./probe/answers.js";
import { managerControllers } from "./probe/cgroup.js";
import { readSysctls } from "./probe/sysctls.js";
import { findProgram } from "./probe/tools.js";
import type { HostFacts, WallTool } from "./types.js";

export interface ServiceQuestion {
  readonly facts: HostFacts;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const TIMEOUT_MS = 15_000;
const FIX = "systemd 252 or later, and user namespaces: cordon doctor says what this host has";
const MANAGER_FIX =
  "log in by a session that starts one (ssh, a display manager, machinectl shell), or: sudo loginctl enable-linger $USER";

/** As it will be asked for, with what the kernel could refuse. */
const TRIAL: readonly string[] = [
  ...[
    "NoNewPrivileges=yes",
    "PrivateUsers=yes",
    "CapabilityBoundingSet=",
    "RestrictNamespaces=user mnt pid uts cgroup",
  ],
  ...["PrivateDevices=yes", "ProtectControlGroups=yes", "PrivateMounts=yes", "PrivateNetwork=yes", "PrivateIPC=yes"],
  ...["TemporaryFileSystem=/:ro", "MountAPIVFS=yes", "WorkingDirectory=/"],
].map((each) => `--property=${each}`);
/** What cordon-init makes inside. */
const INSIDE = ["userns", "mountns", "pidns", "proc"];

export async function probeServices(question: ServiceQuestion): Promise<WallTool | undefined> {
  const { facts, env } = question;
  const path = findProgram("systemd-run", env["PATH"]);
  if (path === undefined) return undefined;
  const { uid } = facts.user;
  if (uid === 0 || facts.init === undefined) return { path };
  const session = `/run/user/${uid}`;
  if (!existsSync(`${session}/systemd/private`))
    return { path, obstacle: "no systemd manager of your user answers here (systemd --user)", fix: MANAGER_FIX };
  const bus = `${session}/bus`;
  if (!existsSync(bus))
    return {
      path,
      obstacle: `your systemd manager has no D-Bus (${bus} isn't there)`,
      fix: "install dbus-user-session and log in anew",
    };
  const found: WallTool = {
    path,
    env: {
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}`,
      LC_ALL: "C",
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      XDG_RUNTIME_DIR: session,
    },
    controllers: managerControllers(uid),
  };
  const file = join(cacheFolder(facts.user, env), "wall-systemd-run.json");
  const key = keyOf(found, facts);
  if (key !== undefined && readOwn(file, uid) === key) return found;
  const problem = await attempt(found, facts.init.path);
  if (problem !== undefined) return { ...found, obstacle: `systemd can't make a sandbox here: ${problem}`, fix: FIX };
  if (key !== undefined) writeOwn(file, uid, key);
  return found;
}

function keyOf({ path }: WallTool, { kernel, user, init }: HostFacts): string | undefined {
  const context = contextKey(kernel.release, user, init?.digest ?? "", readSysctls());
  const { ino, size, mtimeMs, ctimeMs } = statSync(path);
  return context === undefined
    ? undefined
    : canonicalJson({ format: "cordon-service 1", context, trial: TRIAL, path, ino, size, mtimeMs, ctimeMs });
}

/** cordon-init itself says what it can do in such a service. */
function attempt({ path, env }: WallTool, init: string): Promise<string | undefined> {
  const shown = systemdPath(init);
  const argv = [
    ...["--user", "--quiet", "--collect", "--wait", "--pipe", "--service-type=exec", ...TRIAL],
    `--property=TemporaryFileSystem=${systemdPath(dirname(init))}:ro`,
    ...[`--property=BindReadOnlyPaths=${shown}:${shown}`, "--", init, "probe"],
  ];
  const options = { env, cwd: "/", timeout: TIMEOUT_MS, killSignal: "SIGKILL", maxBuffer: 65_536 } as const;
  return new Promise((resolve) => {
    execFile(path, argv, options, (error, stdout, stderr) => {
      const answers = parseAnswers(stdout);
      const failed = firstObstacle(answers, INSIDE);
      const said = stderr.trim().split("\n").at(-1) ?? "";
      if (error !== null)
        resolve(printable(said !== "" ? said : error.killed ? "it didn't end in time" : `status ${error.code}`, 300));
      else resolve(failed === undefined ? undefined : `${failed.name}: ${failed.why} in a service`);
    });
  });
}
