// TLS towards upstreams of inspected hosts: whom it trusts, and the handshake that checks name and chain. It must never hand out a
// connection whose peer isn't proven to be the host that the policy allowed.
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  rootCertificates,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { CordonError, errnoOf, messageOf } from "../../core/error.js";
import type { Denied } from "../types.js";
import { certificatesIn, toPem } from "./pem.js";
import { upstreamReason } from "./upstream-reason.js";

const HANDSHAKE_TIMEOUT_MS = 20_000;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

export interface UpstreamTrust {
  /** `network.upstreamCa`. */
  readonly files: readonly string[];
  /** $SSL_CERT_FILE and $NODE_EXTRA_CA_CERTS of the user. */
  readonly sslCertFile?: string;
  readonly nodeExtraCaCerts?: string;
  /** The first that is there counts. Where none is, Node's own list of roots stands in for it. */
  readonly systemBundles: readonly string[];
  /** For tests. */
  readonly read?: (path: string) => string;
}

export type OpenedUpstream = { readonly allowed: true; readonly socket: TLSSocket } | Denied;

export interface HandshakeOptions {
  readonly alpn: readonly string[];
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface UpstreamTls {
  /** Reads the files, once, and says which is missing. Before the command starts: later they could be of its making. */
  texts(): TrustTexts;
  /** Made once, at its first use: a system's 150 certificates take some 50 ms. */
  context(): SecureContext;
  /** The TLS handshake as client on a connection; whatever fails is a denial, and the connection is closed then. */
  connectTls(socket: Duplex, host: string, options: HandshakeOptions): Promise<OpenedUpstream>;
}

export interface TrustTexts {
  readonly system: string;
  /** What the user added, one text for each file. */
  readonly more: readonly string[];
}

export function makeUpstreamTls(trust: UpstreamTrust): UpstreamTls {
  let known: TrustTexts | undefined;
  let made: SecureContext | undefined;
  const texts = () => {
    known ??= readTexts(trust);
    return known;
  };
  const context = () => {
    made ??= contextOf(texts());
    return made;
  };
  return { texts, context, connectTls: (socket, host, options) => openUpstream(socket, host, { ...options, context }) };
}

function readTexts(trust: UpstreamTrust): TrustTexts {
  const read = trust.read ?? readPem;
  const named: readonly (readonly [string, string | undefined])[] = [
    ...trust.files.map((file) => ["network.upstreamCa", file] as const),
    ["$SSL_CERT_FILE", trust.sslCertFile],
    ["$NODE_EXTRA_CA_CERTS", trust.nodeExtraCaCerts],
  ];
  const more = named.flatMap(([place, file]) =>
    file === undefined || file === "" ? [] : [readNamed(read, place, file)],
  );
  return { system: readSystem(read, trust.systemBundles), more };
}

function readSystem(read: (path: string) => string, bundles: readonly string[]): string {
  for (const path of bundles) {
    try {
      const text = read(path);
      if (certificatesIn(text).length > 0) return text;
    } catch {
      // Other systems keep theirs elsewhere.
    }
  }
  return rootCertificates.join("\n");
}

function readNamed(read: (path: string) => string, place: string, file: string): string {
  const hint = "Name a readable PEM file of certificates, or leave the setting out.";
  let text: string;
  try {
    text = read(file);
  } catch (cause) {
    const why = errnoOf(cause) ?? messageOf(cause);
    throw new CordonError("path-refused", `certificates can't be read from ${file}: ${why}`, { place, hint, cause });
  }
  if (certificatesIn(text).length > 0) return text;
  throw new CordonError("path-refused", `no certificate is in ${file}`, { place, hint });
}

function readPem(path: string): string {
  const bytes = readFileSync(path);
  if (bytes.length > MAX_FILE_BYTES) throw new Error("it is larger than 16 MiB");
  return bytes.toString("latin1");
}

function contextOf({ system, more }: TrustTexts): SecureContext {
  // One by one: at a block that it can't read OpenSSL would stop, and the rest of the text would silently be missing.
  const certificates = [...more, system].flatMap(certificatesIn).map(toPem);
  return createSecureContext({ ca: certificates, minVersion: "TLSv1.2" });
}

interface Opening extends HandshakeOptions {
  readonly context: () => SecureContext;
}

function openUpstream(socket: Duplex, host: string, opening: Opening): Promise<OpenedUpstream> {
  const timeoutMs = opening.timeoutMs ?? HANDSHAKE_TIMEOUT_MS;
  return new Promise((resolve) => {
    const gone = socket.destroyed || opening.signal?.aborted === true;
    const tls = gone ? "closed" : client(socket, host, opening);
    if (typeof tls === "string") {
      socket.destroy();
      resolve(refusal(host, tls));
      return;
    }
    const settle = (result: OpenedUpstream) => {
      clearTimeout(timer);
      opening.signal?.removeEventListener("abort", onAbort);
      tls.off("secureConnect", onSecure).off("close", onClose);
      if (!result.allowed) {
        // Whatever else goes wrong with it while it ends is of no interest.
        tls.on("error", () => undefined).destroy();
        socket.destroy();
      }
      tls.off("error", onError);
      resolve(result);
    };
    const onSecure = () => settle(tls.authorized ? { allowed: true, socket: tls } : refusal(host, "unauthorized"));
    const onError = (error: Error) => settle(refusal(host, errnoOf(error) ?? "unknown"));
    const onClose = () => settle(refusal(host, "closed"));
    const onAbort = () => settle(refusal(host, "closed"));
    const timer = setTimeout(() => settle(refusal(host, "timeout")), timeoutMs);
    tls.on("secureConnect", onSecure).on("error", onError).on("close", onClose);
    opening.signal?.addEventListener("abort", onAbort);
  });
}

/** `trust`: what to check the server by can't be read, so that nothing is sent. */
function client(socket: Duplex, host: string, { context, alpn }: Opening): TLSSocket | "trust" {
  try {
    return connect({
      socket,
      secureContext: context(),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
      rejectUnauthorized: true,
      // SECURITY(T23): against the host that was judged, whatever name Node would derive.
      checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
    });
  } catch {
    return "trust";
  }
}

function refusal(host: string, code: string): Denied {
  return { allowed: false, code: "upstream-tls", reason: upstreamReason(host, code) };
}
