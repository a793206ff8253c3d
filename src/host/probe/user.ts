// Who runs Cordon: ids of the process, name and home from the account data base. $HOME and $USER are not believed, since
// anything in the session can set them; $HOME is the last resort for ids that no data base knows, and only when the user owns it.
import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { isAbsolute } from "node:path";
import type { HostFacts } from "../types.js";
import { readText } from "./read.js";

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The line of /etc/passwd for a uid. Lines that don't hold seven fields and plain numbers are passed over. */
export function accountOf(passwd: string, uid: number): Account | undefined {
  for (const line of passwd.split("\n")) {
    const [name, , idText, gidText, , home, shell] = line.split(":");
    if (name === undefined || home === undefined || shell === undefined) continue;
    if (idText !== String(uid) || !/^\d{1,10}$/.test(gidText ?? "") || !isAbsolute(home)) continue;
    return { name, uid, gid: Number(gidText), home };
  }
  return undefined;
}

/** SUDO_UID or SUDO_GID; only believed of root, who needs nobody's permission anyway. */
export function sudoId(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id > 0 && id < 0xffff_ffff ? id : undefined;
}

export interface UserQuestion {
  readonly uid: number;
  readonly gid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function userFacts(question: UserQuestion): HostFacts["user"] {
  const { uid, gid, env } = question;
  const account = accountOf(readText("/etc/passwd") ?? "", uid) ?? directoryAccount(uid);
  const sudoUid = uid === 0 ? sudoId(env["SUDO_UID"]) : undefined;
  const sudoGid = sudoUid === undefined ? undefined : sudoId(env["SUDO_GID"]);
  return {
    uid,
    gid,
    name: account?.name ?? `user${uid}`,
    home: account?.home ?? ownedHome(env["HOME"], uid) ?? "/nonexistent",
    ...(sudoUid === undefined ? {} : { sudoUid }),
    ...(sudoGid === undefined ? {} : { sudoGid }),
  };
}

/** Accounts that live elsewhere than in /etc/passwd (LDAP, systemd-homed): the C library knows them. */
function directoryAccount(uid: number): Account | undefined {
  try {
    const { username, uid: found, gid, homedir } = userInfo();
    return found === uid && isAbsolute(homedir) ? { name: username, uid, gid, home: homedir } : undefined;
  } catch {
    return undefined;
  }
}

function ownedHome(home: string | undefined, uid: number): string | undefined {
  if (home === undefined || !isAbsolute(home) || home.includes("\0")) return undefined;
  const status = statSync(home, { throwIfNoEntry: false });
  return status?.isDirectory() && status.uid === uid ? home : undefined;
}
