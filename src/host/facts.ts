// Makes the facts about this host out of the probes. The path of `run` reads a dozen small files and the cache; everything
// that starts a program waits for `detailed` or for a cache that doesn't fit.
import { existsSync } from "node:fs";
import { type Advice, adviseOn } from "./advice.js";
import { cacheFile, contextKey, type Remembered, readCache, writeCache } from "./cache.js";
import { type Answers, count, ESSENTIAL, firstObstacle, NAMESPACES, works } from "./probe/answers.js";
import { cgroupFacts } from "./probe/cgroup.js";
import { containerFacts } from "./probe/container.js";
import { type InitAnswer, type InitFile, locateInit } from "./probe/init.js";
import { kernelFacts } from "./probe/kernel.js";
import { lsmFacts } from "./probe/lsm.js";
import { parseMountinfo } from "./probe/mountinfo.js";
import { readText } from "./probe/read.js";
import { readSysctls, type Sysctls } from "./probe/sysctls.js";
import { userFacts } from "./probe/user.js";
import type { HostFacts } from "./types.js";

export interface ProbeOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Another cordon-init than the one of this package. */
  readonly initPath?: string;
  /** Ask everything afresh, tools and their versions too. */
  readonly detailed?: boolean;
  /** For tests; else those of this process. */
  readonly uid?: number;
  readonly gid?: number;
}

/** The facts and what `doctor` tells beyond them. */
export interface HostReport {
  readonly facts: HostFacts;
  readonly init: InitAnswer;
  readonly answers: Answers;
  readonly sysctls: Sysctls;
  /** What a run needs and this host lacks, with the way to get it; undefined when a sandbox can be made. */
  readonly advice: Advice | undefined;
  /** A systemd manager of this user, which could delegate control groups. */
  readonly userManager: boolean;
}

export async function probeHost(options: ProbeOptions): Promise<HostFacts> {
  return (await inspectHost(options)).facts;
}

export async function inspectHost(options: ProbeOptions): Promise<HostReport> {
  const { env } = options;
  const kernel = kernelFacts();
  const user = userFacts({
    uid: options.uid ?? process.geteuid?.() ?? 0,
    gid: options.gid ?? process.getegid?.() ?? 0,
    env,
  });
  const explicit = options.initPath === undefined ? {} : { explicit: options.initPath };
  const memory = new Memory(user, env, options.detailed !== true);
  const known = (identity: string) => memory.recall(identity)?.init.digest;
  const init = locateInit({ user, architecture: kernel.architecture, env, ...explicit, known });
  const sysctls = readSysctls();
  const question = { uid: user.uid, pid: process.pid };
  const groups = cgroupFacts(question);
  const answers =
    init.kind === "found" ? await answersOf(init, { memory, sysctls, user, release: kernel.release, groups }) : {};
  const container = containerFacts(env);
  const advice = adviceFor({ init, answers, sysctls, container, root: user.uid === 0 });
  const facts: HostFacts = {
    kernel,
    user,
    ...capabilities(answers),
    namespaces: {
      ...namespaceFacts(answers),
      ...(advice === undefined ? {} : { reason: advice.reason, fix: advice.fix.join("\n") }),
    },
    cgroup:
      groups.way?.kind === "systemd" && !works(answers, "systemd-scope")
        ? cgroupFacts({ ...question, withoutSystemd: true })
        : groups,
    lsm: lsmFacts(answers),
    container,
    tools: options.detailed === true ? await toolFacts(env["PATH"]) : {},
    init: init.kind === "found" ? { path: init.path, digest: init.digest } : undefined,
  };
  return { facts, init, answers, sysctls, advice, userManager: existsSync(`/run/user/${user.uid}/systemd/private`) };
}

interface AskedBy {
  readonly memory: Memory;
  readonly sysctls: Sysctls;
  readonly user: HostFacts["user"];
  readonly release: string;
  readonly groups: HostFacts["cgroup"];
}

async function answersOf(init: InitFile, by: AskedBy): Promise<Answers> {
  const key = contextKey(by.release, by.user, init.digest, by.sysctls);
  const remembered = by.memory.recall(init.identity);
  const { way, controllers } = by.groups;
  const knows = (answers: Answers) => way?.kind !== "systemd" || "systemd-scope" in answers;
  if (remembered !== undefined && remembered.key === key && knows(remembered.answers)) return remembered.answers;
  const [{ askInit }, { askSystemd }] = await Promise.all([
    import("./probe/namespaces.js"),
    import("./probe/scope.js"),
  ]);
  // One after the other: on a slow machine the second would make the first come too late.
  const kernel = await askInit(init.path);
  const answers: Answers = way?.kind === "systemd" ? { ...kernel, ...(await askSystemd(way, controllers)) } : kernel;
  if (key !== undefined) by.memory.keep({ key, init, answers });
  return answers;
}

/** What earlier runs with the same init found out. */
class Memory {
  readonly #user: HostFacts["user"];
  readonly #env: ProbeOptions["env"];
  readonly #recalls: boolean;
  readonly #known = new Map<string, Remembered | undefined>();

  constructor(user: HostFacts["user"], env: ProbeOptions["env"], recalls: boolean) {
    this.#user = user;
    this.#env = env;
    this.#recalls = recalls;
  }

  recall(identity: string): Remembered | undefined {
    if (!this.#recalls) return undefined;
    if (!this.#known.has(identity)) {
      const found = readCache(cacheFile(this.#user, this.#env, identity), this.#user.uid);
      this.#known.set(identity, found?.init.identity === identity ? found : undefined);
    }
    return this.#known.get(identity);
  }

  keep(facts: Remembered): void {
    writeCache(cacheFile(this.#user, this.#env, facts.init.identity), this.#user.uid, facts);
  }
}

async function toolFacts(path: string | undefined): Promise<HostFacts["tools"]> {
  const { probeTools } = await import("./probe/tools.js");
  return probeTools(path);
}

function namespaceFacts(answers: Answers): Pick<HostFacts["namespaces"], "usable" | "proc" | "time"> {
  return {
    usable: firstObstacle(answers, NAMESPACES) === undefined,
    proc: works(answers, "proc"),
    time: works(answers, "timens"),
  };
}

type Capabilities = Pick<HostFacts, "landlock" | "seccomp" | "mounts" | "netfilter">;

export function capabilities(answers: Answers): Capabilities {
  return {
    landlock: { abi: count(answers, "landlock") },
    seccomp: {
      filter: works(answers, "seccomp-filter"),
      userNotify: works(answers, "seccomp-notify"),
      addfdSend: works(answers, "addfd-send"),
      waitKillable: works(answers, "wait-killable"),
    },
    mounts: {
      setattr: works(answers, "mount-setattr"),
      idmapped: works(answers, "idmap"),
      overlay: works(answers, "overlay"),
    },
    netfilter: { nfTables: works(answers, "nf-tables") },
  };
}

interface AdviceQuestion {
  readonly init: InitAnswer;
  readonly answers: Answers;
  readonly sysctls: Sysctls;
  readonly container: string | undefined;
  readonly root: boolean;
}

function adviceFor(question: AdviceQuestion): Advice | undefined {
  const { init, answers } = question;
  if (init.kind !== "found") return { reason: `cordon-init can't be used: ${init.reason}`, fix: initFix(init) };
  const failed = firstObstacle(answers, ESSENTIAL);
  return failed === undefined ? undefined : adviseOn({ ...question, failed, init, chroot: inChroot() });
}

function initFix(init: Exclude<InitAnswer, { kind: "found" }>): readonly string[] {
  return init.kind === "missing"
    ? [
        "From a checkout, install a C compiler (Debian, Ubuntu: `sudo apt-get install gcc musl-tools linux-libc-dev make`) and run:",
        "  npm run build:init",
      ]
    : ["Install Cordon again, as the user who runs it or as root; if you didn't change that file, find out who did."];
}

/** A chroot's mount table has no mount at `/`. */
function inChroot(): boolean {
  const text = readText("/proc/self/mountinfo", 8 * 1024 * 1024);
  return text !== undefined && !parseMountinfo(text).some((mount) => mount.target === "/");
}
