// An SELinux module in CIL: a type for the command's process, and one each for what it may read and change. It needs the policy of the
// distribution, and labels on the files; the administrator loads it.
import { header, lostBy, type Section, sectionLines } from "./section.js";
import { cilRegex } from "./syntax/cil.js";
import { isGrant, only, purposeOf } from "./tree.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const selinux: Exporter = { kind: "selinux", command: "unused", ofThisUser: false, make };

const FILE_CLASSES = ["file", "lnk_file", "sock_file", "fifo_file"];
const READ = "(getattr open read ioctl lock map execute execute_no_trans)";
const WRITE =
  "(getattr open read ioctl lock map execute execute_no_trans write append create unlink rename link setattr)";
const LIST = "(getattr open read ioctl search)";
const CHANGE = "(getattr open read ioctl search write add_name remove_name create rmdir rename reparent setattr)";

function make({ plan, lost: before }: ExportInput): Exported {
  const block = `cordon_${plan.name.replace(/[^A-Za-z0-9_]/g, "_")}`;
  const sections = [types(), read(plan), write(plan), own()];
  const lost = [
    ...before,
    ...lostBy(sections, plan),
    "Where the files lie: SELinux goes by labels. Files that get a label later, or are moved, keep the one they had.",
    "Private folders, process and network namespaces, limits: the sandbox's to make; this is a second wall in it.",
  ];
  const lines = [
    ...header({
      title: `An SELinux module for ${plan.name}`,
      plan,
      usage: [
        `The administrator loads it: semodule --install ${plan.name}.cil, and labels the files: restorecon -R on the granted folders.`,
        `Then, beside another sandbox: runcon -t ${block}.process_t -- COMMAND, or podman run --security-opt label=type:${block}.process_t`,
      ],
      lost,
      mark: ";",
    }),
    "",
    `(block ${block}`,
    ...sections.flatMap((section) => sectionLines(section, plan, "  ;")),
    ")",
  ];
  return { files: [{ name: `${plan.name}.cil`, executable: false, content: `${lines.join("\n")}\n` }], lost };
}

function types(): Section {
  return {
    holds: ["process.no-capabilities"],
    note: "What isn't allowed below, or to every domain by the distribution's policy, is refused: no capability is among it.",
    lines: [
      "  (type process_t)",
      "  (type read_t)",
      "  (type write_t)",
      "  (roletype system_r process_t)",
      "  (roletype unconfined_r process_t)",
      "  (roletype object_r read_t)",
      "  (roletype object_r write_t)",
      "  (typeattributeset domain (process_t))",
      "  (typeattributeset file_type (read_t write_t))",
      "  (allow unconfined_t process_t (process (transition sigchld)))",
      "  (allow process_t unconfined_t (fd (use)))",
      "  (allow process_t unconfined_t (fifo_file (getattr read write)))",
    ],
  };
}

function read({ mounts }: ExportInput["plan"]): Section {
  const paths = only(mounts, "bind").filter(
    (bind) => isGrant(bind) && (bind.access === "read" || purposeOf(bind) === "protected"),
  );
  return {
    holds: ["files.named-only", "files.system-read-only", "workspace.read-only"],
    note: "What may be read: the system's own types, and what the policy grants to be read.",
    lines: [
      ...[
        "bin_t",
        "lib_t",
        "usr_t",
        "etc_t",
        "cert_t",
        "locale_t",
        "ld_so_cache_t",
        "ld_so_t",
        "shell_exec_t",
        "read_t",
      ].flatMap((type) => [
        `  (allow process_t ${type} (dir ${LIST}))`,
        `  (allow process_t ${type} (file ${READ}))`,
        `  (allow process_t ${type} (lnk_file (getattr read)))`,
      ]),
      ...paths.map(({ source, type }) => context(source, type, "read_t")),
    ],
  };
}

function write({ mounts }: ExportInput["plan"]): Section {
  const paths = only(mounts, "bind").filter((bind) => isGrant(bind) && bind.access === "write");
  return {
    partly: {
      "workspace.protected-names": "what exists and was labelled read_t stays as it is; such names can be made anew",
    },
    note: "What may be changed. Protected files in it have the type above.",
    lines: [
      `  (allow process_t write_t (dir ${CHANGE}))`,
      ...FILE_CLASSES.map(
        (name) =>
          `  (allow process_t write_t (${name} ${name === "lnk_file" ? "(getattr read create unlink rename setattr)" : name === "file" ? WRITE : "(getattr open read write create unlink)"}))`,
      ),
      ...paths.map(({ source, type }) => context(source, type, "write_t")),
    ],
  };
}

function own(): Section {
  return {
    holds: ["process.no-host-signals", "network.none"],
    note: "Its own processes, pipes and sockets. No other socket than a unix one of its own can be connected.",
    lines: [
      "  (allow process_t self (process (fork sigchld sigkill sigstop signull signal getsched setsched getpgid setpgid getcap setrlimit)))",
      "  (allow process_t self (fifo_file (getattr open read write append create ioctl lock)))",
      "  (allow process_t self (unix_stream_socket (create connect connectto bind listen accept read write getattr getopt setopt shutdown)))",
      "  (allow process_t self (unix_dgram_socket (create connect bind read write getattr getopt setopt sendto)))",
      "  (allow process_t self (fd (use)))",
    ],
  };
}

function context(path: string, kind: string, type: string): string {
  const below = kind === "directory" ? "(/.*)?" : "";
  const files = kind === "directory" ? "any" : kind === "socket" ? "socket" : "file";
  return `  (filecon "${cilRegex(path)}${below}" ${files} (system_u object_r ${type} ((s0) (s0))))`;
}
