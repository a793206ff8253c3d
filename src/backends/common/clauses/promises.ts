// Which promises a user's own filter keeps: the built-in ones are known to, a file from elsewhere may allow anything. Pure.
import { AUDIT_ARCH, RET } from "../../../confinement/seccomp/constants.js";
import { interpret } from "../../../confinement/seccomp/interpret.js";
import { syscallNumbers } from "../../../confinement/seccomp/rules.js";
import type { HostFacts } from "../../../host/types.js";

const CLONE_NEWUSER = 0x10000000n;

interface Call {
  readonly name: string;
  readonly args: readonly bigint[];
}

/** Calls that must be refused for a promise to hold. */
const REFUSED: Readonly<Record<string, readonly Call[]>> = {
  "process.no-namespaces": [
    { name: "unshare", args: [CLONE_NEWUSER] },
    { name: "clone", args: [CLONE_NEWUSER] },
    { name: "clone3", args: [] },
    { name: "setns", args: [] },
    { name: "mount", args: [] },
  ],
  "ipc.keyring": [
    { name: "keyctl", args: [] },
    { name: "add_key", args: [] },
    { name: "request_key", args: [] },
  ],
};

/** The first call that breaks the promise, or undefined. */
export function broken(
  control: string,
  program: Uint8Array,
  arch: HostFacts["kernel"]["architecture"],
): string | undefined {
  const numbers = syscallNumbers(arch);
  return REFUSED[control]?.find(({ name, args }) => {
    const nr = numbers[name];
    return nr !== undefined && isLetThrough(interpret(program, { nr, arch: AUDIT_ARCH[arch], args }));
  })?.name;
}

function isLetThrough(value: number): boolean {
  return value === RET.allow || value === RET.log || value === RET.userNotif;
}
