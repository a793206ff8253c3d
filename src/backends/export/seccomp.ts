// The system call filter as an OCI profile, which Podman, Docker, containerd and CRI-O read. JSON has no comments, so each rule carries
// its own in the field that these programs have for it.
import type { OciRule, OciSeccomp } from "../../confinement/seccomp/oci.js";
import { profileOf } from "../common/filter.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const seccomp: Exporter = { kind: "seccomp", command: "unused", ofThisUser: false, make };

const LOST = [
  "All but the filter: namespaces, mounts, limits and the network are another program's to make.",
  "The guard: this filter decides by numbers alone; Cordon's also hands calls that change files to a process that judges names.",
];

function make({ plan }: ExportInput): Exported {
  return { files: [seccompFile(plan)], lost: LOST };
}

export function seccompFile(plan: ExportInput["plan"]): Exported["files"][number] {
  const content = `${JSON.stringify(commented(profileOf(plan)), null, 2)}\n`;
  return { name: `${plan.name}.seccomp.json`, executable: false, content };
}

function commented(profile: OciSeccomp): unknown {
  return { ...profile, syscalls: profile.syscalls.map((rule) => ({ ...rule, comment: words(rule) })) };
}

const BY_CALL: Readonly<Record<string, string>> = {
  clone: "Processes and threads, but no namespaces (process.no-namespaces)",
  ioctl: "No typing into the terminal: TIOCSTI, TIOCLINUX, TIOCCONS and TIOCSETD are refused (terminal.no-injection)",
  personality: "Only what debuggers and 32-bit programs need",
  socket:
    "Unix sockets, TCP and UDP, and the list of interfaces; no raw sockets and no rarer families (process.seccomp)",
  socketpair: "Unix sockets only",
};

function words({ names, action, args }: OciRule): string {
  const [first = ""] = names;
  if (args !== undefined && args.length > 0) return BY_CALL[first] ?? "Decided by its arguments";
  if (action === "SCMP_ACT_ALLOW") return "What programs with real toolchains call";
  return "Powers over the whole computer, or much of the kernel for an attacker: refused (process.seccomp)";
}
