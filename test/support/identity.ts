// Who runs the command under test. Tests that run as root (as in CI) drop to the ordinary user `tester` for one half and
// stay root for the other; a developer's own account runs everything as itself.

import { execFileSync } from "node:child_process";
import { userInfo } from "node:os";

export interface Identity {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** Puts what is needed to become this user in front of a command line. It must exec, so that the pid stays the same. */
  become(argv: readonly string[]): readonly string[];
}

function self(): Identity {
  const info = userInfo();
  return { name: info.username, uid: info.uid, gid: info.gid, home: info.homedir, become: (argv) => argv };
}

function lookUp(name: string): Identity {
  const fields = execFileSync("getent", ["passwd", name], { encoding: "utf8" }).trim().split(":");
  const [, , uid, gid, , home] = fields;
  if (uid === undefined || gid === undefined || home === undefined) throw new Error(`no user ${name}`);
  // In the guest of test/vm: a user who is logged in has more than an id.
  const login = process.env["CORDON_TEST_BECOME"];
  if (login !== undefined)
    return { name, uid: Number(uid), gid: Number(gid), home, become: (argv) => [login, ...argv] };
  const drop = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--init-groups", "--inh-caps=-all", "--"];
  return { name, uid: Number(uid), gid: Number(gid), home, become: (argv) => [...drop, ...argv] };
}

const isRoot = process.getuid?.() === 0;

/** The one whose rights nearly every user of Cordon has. */
export const ordinary: Identity = isRoot ? lookUp("tester") : self();

/** Everybody a test should be run as. */
export const identities: readonly Identity[] = isRoot ? [ordinary, self()] : [ordinary];

/** Root, where the tests have it: for showing that an attack works where nothing forbids it. */
export const superuser: Identity | undefined = isRoot ? self() : undefined;
