// A provider with logins on loopback: an endpoint that gives out tokens and takes each refresh token once, as strict ones do, and an interface that
// wants an access token. It also answers what a hostile client could make of it: what it was sent, and tokens at other paths.
import { randomBytes } from "node:crypto";
import type { Cleanup } from "../stage.js";
import type { Certificates } from "./certificates.js";
import { bodyOf, type Exchange, openOrigin } from "./origin.js";

export interface TokenSet {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
  readonly expires_in: number;
}

export interface TokenServer {
  readonly port: number;
  /** Every request, whole. */
  readonly seen: readonly { readonly host: string; readonly text: string }[];
  /** A login, as if it had been made elsewhere. */
  issue(account: string): TokenSet;
  /** Whose access token it is; undefined: nobody's any more. */
  ownerOf(access: string): string | undefined;
  /** As the end of its time does. */
  expire(access: string): void;
}

export async function openTokenServer(cleanup: Cleanup, certificates: Certificates): Promise<TokenServer> {
  const owners = new Map<string, string>();
  const refreshes = new Map<string, string>();
  const seen: { host: string; text: string }[] = [];
  const issue = (account: string): TokenSet => {
    const set = {
      access_token: `at-test-${randomBytes(24).toString("hex")}`,
      refresh_token: `rt-test-${randomBytes(24).toString("hex")}`,
      id_token: webToken({ sub: account, email: `${account}@example.org`, exp: 1_900_000_000 }),
      expires_in: 3600,
    };
    owners.set(set.access_token, account);
    refreshes.set(set.refresh_token, account);
    return set;
  };
  const note = async (exchange: Exchange): Promise<string> => {
    const body = (await bodyOf(exchange)).toString("latin1");
    const host = exchange.base.replace(/^https?:\/\//, "");
    seen.push({
      host,
      text: `${exchange.method} ${exchange.path}?${exchange.query} ${JSON.stringify(exchange.headers)} ${body}`,
    });
    return body;
  };
  const token = async (exchange: Exchange): Promise<void> => {
    const body = await note(exchange);
    const asked = askedOf(exchange, body);
    const account = refreshes.get(asked["refresh_token"] ?? "");
    if (exchange.path.endsWith("/revoke")) {
      refreshes.delete(asked["token"] ?? "");
      exchange.answer(200, { "content-type": "application/json" }, "{}");
    } else if (asked["grant_type"] === "authorization_code") {
      json(exchange, 200, { ...issue(asked["code"] ?? "nobody"), token_type: "Bearer", scope: "all" });
    } else if (asked["grant_type"] === "refresh_token" && account !== undefined) {
      refreshes.delete(asked["refresh_token"] ?? "");
      json(exchange, 200, { ...issue(account), token_type: "Bearer" });
    } else json(exchange, 400, { error: "invalid_grant", you_sent: body });
  };
  // As Codex is let in by another device: a code for the person, then one for the program.
  const device = async (exchange: Exchange): Promise<void> => {
    await note(exchange);
    const code = {
      device_auth_id: "device",
      user_code: "ABCD-1234",
      interval: "1",
      expires_at: "2030-01-01T00:00:00Z",
    };
    const grant = { authorization_code: "grace", code_challenge: "challenge", code_verifier: "verifier" };
    json(exchange, 200, exchange.path.endsWith("/usercode") ? code : grant);
  };
  const tokeninfo = async (exchange: Exchange): Promise<void> => {
    await note(exchange);
    json(exchange, 200, { scope: "all", expires_in: 3600 });
  };
  const me = async (exchange: Exchange): Promise<void> => {
    await note(exchange);
    const bearer = exchange.headers["authorization"]?.replace(/^Bearer /, "") ?? "";
    const account = owners.get(bearer);
    if (account === undefined) json(exchange, 401, { error: "unauthorized", you_sent: bearer });
    else json(exchange, 200, { account, you_sent: bearer });
  };
  const origin = await openOrigin(cleanup, {
    certificates,
    sites: { oauth: token, OAuth: token, v1: token, token, tokeninfo, api: device, me },
  });
  return {
    port: origin.tlsPort,
    seen,
    issue,
    ownerOf: (access) => owners.get(access),
    expire: (access) => {
      owners.delete(access);
    },
  };
}

function json(exchange: Exchange, status: number, data: unknown): void {
  exchange.answer(status, { "content-type": "application/json" }, JSON.stringify(data));
}

function askedOf({ headers }: Exchange, body: string): Readonly<Record<string, string | undefined>> {
  if (headers["content-type"]?.startsWith("application/json") !== true)
    return Object.fromEntries(new URLSearchParams(body));
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

export function webToken(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT" })}.${part({ ...claims, jti: randomBytes(8).toString("hex") })}.${randomBytes(256).toString("base64url")}`;
}
