// Which security modules are active. Pure but for one read.
import type { Answers } from "./answers.js";
import { readText } from "./read.js";

/** Numbers of lsm_list_modules(2), from the kernel's interface. */
const NAMES: Readonly<Record<string, string>> = {
  100: "capability",
  101: "selinux",
  102: "smack",
  103: "tomoyo",
  104: "apparmor",
  105: "yama",
  106: "loadpin",
  107: "safesetid",
  108: "lockdown",
  109: "bpf",
  110: "landlock",
  111: "ima",
  112: "evm",
  113: "ipe",
};

/** From securityfs when it is mounted, else from what cordon-init was told by the kernel. */
export function lsmNames(securityfs: string | undefined, answers: Answers): readonly string[] {
  const text = securityfs?.trim();
  if (text !== undefined && /^[a-z0-9_,-]{1,400}$/.test(text)) return text.split(",");
  const numbers = answers["lsm"] ?? "";
  return numbers === "" ? [] : numbers.split(",").map((number) => NAMES[number] ?? `lsm${number}`);
}

export function lsmFacts(answers: Answers, root = ""): readonly string[] {
  return lsmNames(readText(`${root}/sys/kernel/security/lsm`, 4096), answers);
}
