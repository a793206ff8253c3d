// What a policy may ask for that this version doesn't enforce: each is refused at the place where it is written, never ignored.
import type { Policy, SettingPath, Settings } from "../../policy/types.js";
import type { Planning } from "./planning.js";

interface Later {
  readonly setting: SettingPath;
  readonly hint?: string;
}

/** Backends that this version has. */
const THERE: ReadonlySet<string> = new Set([
  "auto",
  "native",
  "bubblewrap",
  "firejail",
  "unshare",
  "systemd",
  "podman",
  "gvisor",
]);

/** Reports every setting of a later version that is asked for. */
export function refuseLater(planning: Planning): void {
  const { settings, findings, request } = planning;
  const later: readonly Later[] = [...laterFiles(planning.policy), ...laterDevices(settings), ...laterRecord(settings)];
  // Fail closed: without an image that was admitted, the host's programs would stand in for it.
  if (settings.filesystem.system === "image" && request.image === undefined)
    findings.problem("filesystem.system", { code: "bad-value", message: "no image was verified for this run" });
  for (const { setting, hint } of later) {
    const message = `${shortName(setting)} is not enforced yet`;
    findings.problem(setting, { code: "not-implemented", message, ...(hint === undefined ? {} : { hint }) });
  }
  for (const backend of new Set([settings.backend, request.backend])) {
    if (THERE.has(backend)) continue;
    findings.problem("backend", {
      code: "not-implemented",
      message: `the ${backend} backend isn't there yet`,
      hint: "use backend: native, or -b native",
    });
  }
}

/** `network.forward` for `network.forward.0`: a list item is named by its list. */
function shortName(setting: SettingPath): string {
  return setting.replace(/\.\d+(?=\.|$)/g, "");
}

function laterFiles(policy: Policy): readonly Later[] {
  const { workspace, filesystem, image } = policy.settings;
  const later: Later[] = [];
  if (workspace.mode === "overlay") later.push({ setting: "workspace.mode", hint: "use read or write" });
  if (image !== undefined && filesystem.system !== "image")
    later.push({ setting: "image", hint: "it is used with filesystem.system: image" });
  // Decoys are on in the profile that every policy begins with; only who writes it down asks for them. What lies in a kept home is the agent's.
  const place = policy.places.get("filesystem.canaries");
  if (
    filesystem.canaries &&
    filesystem.home === "persistent" &&
    place !== undefined &&
    place.file !== "built-in:default"
  ) {
    later.push({ setting: "filesystem.canaries", hint: "decoys are for home: private; write canaries: false" });
  }
  return later;
}

function laterDevices(settings: Settings): readonly Later[] {
  const later: Later[] = [];
  if (settings.gui.mode !== "none") later.push({ setting: "gui.mode" });
  for (const device of ["gpu", "audio", "camera"] as const) {
    if (settings.devices[device]) later.push({ setting: `devices.${device}` });
  }
  return later;
}

function laterRecord(settings: Settings): readonly Later[] {
  const later: Later[] = [];
  if (settings.approvals.network !== "deny") later.push({ setting: "approvals.network", hint: "use deny" });
  if (settings.approvals.exec !== "allow") later.push({ setting: "approvals.exec", hint: "use allow" });
  return later;
}
