// `npm run comparison -- [--tools DIR] [--only NAME]…`: attacks each sandbox that is found here with the attacks of `cordon breakout` that apply to
// any, and writes docs/comparison.json; `npm run docs` makes docs/comparison.md of it. As an ordinary user, after `npm run build`.
// DIR is a folder with node_modules in which @anthropic-ai/sandbox-runtime, @openai/codex and node (22 or newer) are installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, release, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: {
    tools: { type: "string", default: root },
    out: { type: "string", default: join(root, "docs/comparison.json") },
    only: { type: "string", multiple: true, default: [] },
  },
});
const cordon = join(root, "dist/cordon.cjs");
const modules = join(values.tools, "node_modules");
// In the home, since some of them hide that and nothing else.
mkdirSync(join(homedir(), ".cache"), { recursive: true });
const folder = mkdtempSync(join(homedir(), ".cache/cordon-comparison-"));
const settings = join(folder, "srt.json");

/** As its own documentation shows it for a command that may write one folder and reach nothing. */
const SANDBOXES = [
  {
    name: "cordon",
    what: "`cordon run` with its default policy",
    version: [cordon, "--version"],
    runner: `${process.execPath} ${cordon} run -q -w {workspace} -- /bin/sh {}`,
  },
  {
    name: "bubblewrap",
    what: "the system and the work folder are there and nothing else, all namespaces, no capabilities",
    version: ["bwrap", "--version"],
    runner:
      "bwrap --ro-bind /usr /usr --ro-bind /etc /etc --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --dev /dev --proc /proc --tmpfs /tmp --bind {workspace} {workspace} --chdir {workspace} --unshare-all --die-with-parent --new-session --cap-drop ALL /bin/sh {}",
  },
  {
    name: "bubblewrap, whole system",
    what: "the short form that is often shown: everything read-only, all namespaces",
    version: ["bwrap", "--version"],
    runner:
      "bwrap --ro-bind / / --dev /dev --proc /proc --bind {workspace} {workspace} --unshare-all --die-with-parent /bin/sh {}",
  },
  {
    name: "firejail",
    what: "no network, only the work folder of the home, no capabilities, its system call filter",
    version: ["firejail", "--version"],
    runner:
      "firejail --quiet --noprofile --net=none --whitelist={workspace} --caps.drop=all --nonewprivs --seccomp --private-dev --private-tmp /bin/sh {}",
  },
  {
    name: "srt",
    what: "Anthropic's sandbox-runtime: no domain, the work folder writable, the usual keys not readable",
    version: [join(modules, "node/bin/node"), join(modules, "@anthropic-ai/sandbox-runtime/dist/cli.js"), "--version"],
    packageFile: join(modules, "@anthropic-ai/sandbox-runtime/package.json"),
    runner: `${join(modules, "node/bin/node")} ${join(modules, "@anthropic-ai/sandbox-runtime/dist/cli.js")} --settings ${settings} /bin/sh {}`,
    shown: "srt --settings srt.json /bin/sh {}",
  },
  {
    name: "codex",
    what: "`codex sandbox` in the mode workspace-write",
    version: [join(modules, ".bin/codex"), "--version"],
    runner: `${join(modules, ".bin/codex")} sandbox -c sandbox_mode="workspace-write" -- /bin/sh {}`,
    shown: 'codex sandbox -c sandbox_mode="workspace-write" -- /bin/sh {}',
  },
];

const SRT = {
  network: { allowedDomains: [], deniedDomains: [] },
  filesystem: {
    denyRead: ["~/.ssh", "~/.aws", "~/.netrc", "~/.config/gh", "~/.npmrc", "~/.docker", "~/.kube", "~/.gnupg"],
    allowWrite: ["."],
    denyWrite: [],
  },
};

try {
  writeFileSync(settings, JSON.stringify(SRT));
  const kept = existsSync(values.out) ? JSON.parse(readFileSync(values.out, "utf8")).sandboxes : [];
  const chosen = SANDBOXES.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  const made = chosen.map(attack);
  const sandboxes = SANDBOXES.flatMap(
    ({ name }) => made.find((each) => each.name === name) ?? kept.find((each) => each.name === name) ?? [],
  );
  writeFileSync(values.out, `${JSON.stringify({ version: 1, sandboxes }, null, 1)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function attack({ name, what, version, packageFile, runner, shown = runner }) {
  const head = {
    name,
    what,
    command: shown.replaceAll(`${process.execPath} ${cordon}`, "cordon"),
    date: today(),
    kernel: release(),
    user: userInfo().uid === 0 ? "root" : "an ordinary user",
  };
  const told = spawnSync(version[0], version.slice(1), { encoding: "utf8" });
  if (told.error !== undefined) return { ...head, problem: `it isn't here: ${told.error.message}` };
  const number =
    packageFile === undefined
      ? (told.stdout.match(/\d+\.\d+[\w.-]*/)?.[0] ?? "")
      : JSON.parse(readFileSync(packageFile, "utf8")).version;
  console.error(`${name} ${number}: ${shown}`);
  const { stdout, stderr } = spawnSync(process.execPath, [cordon, "breakout", "--json", "--runner", runner], {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: folder },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stdout === "") return { ...head, version: number, problem: stderr.trim().slice(0, 300) };
  const { controls, durationMs } = JSON.parse(stdout);
  const attacks = controls.flatMap(({ control, attacks: some }) =>
    some.map(({ id, status, evidence }) => ({
      id,
      control,
      status,
      ...(status === "held" || status === "no-baseline"
        ? {}
        : { evidence: evidence.slice(0, 200).replaceAll(folder, "…") }),
    })),
  );
  return { ...head, version: number, seconds: Math.round(durationMs / 1000), attacks };
}

function today() {
  return new Date().toISOString().slice(0, 10);
}
