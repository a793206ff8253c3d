// Decides what a client inside may ask of the user's ssh-agent: a list of the lent keys, and signatures by one of them over the login of a
// session whose server has proven to be a named host. Pure but for the verification of that proof.
import { createHash } from "node:crypto";
import type { PlannedSshKeys } from "../../plan/secret.js";
import { hasSigned } from "./host-key.js";
import { Reader } from "./wire.js";

const USERAUTH_REQUEST = 50;
const METHODS = ["publickey", "publickey-hostbound-v00@openssh.com"];
export const SESSION_BIND = "session-bind@openssh.com";

/** One connection's session: what its server has signed. */
export interface Session {
  readonly hostKey: Buffer;
  readonly id: Buffer;
}

export interface Identity {
  readonly blob: Buffer;
  readonly comment: string;
}

/** Undefined: it is no proof, or one of a session behind another one (a forwarded agent). */
export function readBind(message: Reader): Session | undefined {
  const [hostKey, id, signature, forwarded] = [message.string(), message.string(), message.string(), message.byte()];
  if (hostKey === undefined || id === undefined || signature === undefined || forwarded !== 0 || !message.isOver)
    return undefined;
  return hasSigned(hostKey, id, signature) ? { hostKey, id } : undefined;
}

export function isLent(rules: readonly PlannedSshKeys[], identity: Identity): boolean {
  return rules.some((rule) => covers(rule, identity));
}

export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

export type SignVerdict =
  | { readonly allowed: true; readonly rule: PlannedSshKeys; readonly host: string }
  | { readonly allowed: false; readonly why: string };

/** `identity`: what the agent says of the key. */
export function judgeSign(
  rules: readonly PlannedSshKeys[],
  asked: { readonly data: Buffer; readonly identity: Identity | undefined; readonly session: Session | undefined },
): SignVerdict {
  const { data, identity, session } = asked;
  const lent = identity === undefined ? [] : rules.filter((rule) => covers(rule, identity));
  if (identity === undefined || lent.length === 0) return no("a key that the policy doesn't lend");
  if (session === undefined)
    return no("something without a session whose server is known (an ssh before 8.9, or no ssh)");
  const flaw = loginFlaw(data, identity.blob, session);
  if (flaw !== undefined) return no(flaw);
  const key = session.hostKey.toString("base64");
  for (const rule of lent) {
    const host = rule.hosts.find(({ keys }) => keys.includes(key));
    if (host !== undefined) return { allowed: true, rule, host: host.host };
  }
  return no("a login at a host that the key isn't lent for");
}

function covers({ keys }: PlannedSshKeys, { blob, comment }: Identity): boolean {
  return keys.includes(fingerprintOf(blob)) || keys.includes(comment);
}

/** RFC 4252, 7: what a client signs to log in with a key. */
function loginFlaw(data: Buffer, blob: Buffer, session: Session): string | undefined {
  const reader = new Reader(data);
  const id = reader.string();
  const isRequest = reader.byte() === USERAUTH_REQUEST;
  reader.string();
  const [service, method, flag] = [reader.string()?.toString(), reader.string()?.toString(), reader.byte()];
  reader.string();
  const key = reader.string();
  const bound = method === METHODS[1] ? reader.string() : session.hostKey;
  const isLogin = isRequest && service === "ssh-connection" && METHODS.includes(method ?? "") && flag === 1;
  if (!isLogin || !reader.isOver) return "something that is no login";
  if (id === undefined || !id.equals(session.id)) return "the login of another session";
  if (key === undefined || !key.equals(blob)) return "the login with another key";
  return bound?.equals(session.hostKey) === true ? undefined : "the login at another host";
}

function no(why: string): SignVerdict {
  return { allowed: false, why };
}
