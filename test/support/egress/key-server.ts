// Servers that write down all that a request brought and give it back: in header fields, in the body, packed, in pieces, as a redirect,
// as an error page. What they saw is the judge of where a key went; each host name is told apart by what the client called it.

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { Cleanup } from "../stage.js";
import type { Certificates } from "./certificates.js";
import { echoWebSocket } from "./echo-websocket.js";
import { listen } from "./origin.js";

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

export interface Seen {
  /** As the client called the server. */
  readonly host: string;
  readonly tls: boolean;
  readonly version: string;
  /** Request line, fields and body, all of it. */
  readonly text: string;
}

export interface KeyServer {
  readonly tlsPort: number;
  readonly plainPort: number;
  readonly seen: readonly Seen[];
  /** To whom a text came: `api.test (TLS)`, each once. */
  readonly receivers: (text: string) => readonly string[];
}

export async function openKeyServer(cleanup: Cleanup, certificates: Certificates): Promise<KeyServer> {
  const seen: Seen[] = [];
  const memory: Memory = { text: "nothing", held: true };
  const take = (request: Request, response: Response): void => {
    const chunks: Buffer[] = [];
    request.on("error", () => undefined);
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = `${headOf(request)}\n\n${Buffer.concat(chunks).toString("latin1")}\n${trailersOf(request)}`;
      note(seen, request, text);
      answer(request, response, { text, memory });
    });
  };
  const secrets = { key: readFileSync(certificates.key), cert: readFileSync(certificates.certificate) };
  const secure = createSecureServer({ ...secrets, allowHTTP1: true }, take);
  const plain = createServer(take);
  for (const server of [secure, plain])
    server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
      note(seen, request, headOf(request));
      socket.on("error", () => undefined);
      echoWebSocket(request, socket);
      const text = Buffer.from(request.headers.authorization ?? "nothing").subarray(0, 125);
      socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text]));
    });
  return {
    tlsPort: await listen(cleanup, secure),
    plainPort: await listen(cleanup, plain),
    seen,
    receivers: (text) => [
      ...new Set(
        seen.filter((each) => holds(each.text, text)).map(({ host, tls }) => `${host}${tls ? " (TLS)" : " (plain)"}`),
      ),
    ],
  };
}

/** Also in base64, as Basic authentication has it. */
function holds(text: string, key: string): boolean {
  if (text.includes(key) || decodeURIComponent(text.replace(/%(?![0-9a-fA-F]{2})/g, "")).includes(key)) return true;
  return [...text.matchAll(/[A-Za-z0-9+/_-]{16,}={0,2}/g)].some(([word]) => Buffer.from(word, "base64").includes(key));
}

function note(seen: Seen[], request: Request, text: string): void {
  const named = String(request.headers[":authority"] ?? request.headers.host ?? "");
  // Over TLS the name that the client has proven to itself, whatever it writes into the request.
  const { socket } = request;
  const host = "servername" in socket && typeof socket.servername === "string" ? socket.servername : named;
  seen.push({
    host: host.replace(/:\d+$/, ""),
    tls: "encrypted" in request.socket,
    version: request.httpVersion,
    text,
  });
}

function headOf(request: Request): string {
  const fields = request.rawHeaders.map((text, index) => (index % 2 === 0 ? `\n${text}: ` : text)).join("");
  return `${request.method} ${request.url}${fields}`;
}

function trailersOf({ rawTrailers }: Request): string {
  return rawTrailers.join(" ");
}

interface Memory {
  text: string;
  /** A slow answer waits. */
  held: boolean;
}

interface Received {
  /** The whole request. */
  readonly text: string;
  /** What one request leaves for the next. */
  readonly memory: Memory;
}

/** By the path: `/echo`, `/gzip`, `/redirect?to=…`. */
function answer(request: Request, response: Response, { text, memory }: Received): undefined {
  const url = new URL(request.url ?? "/", "https://server");
  const kind = url.pathname.split("/")[1] ?? "";
  const fields = reflected(request);
  for (const [name, value] of fields) response.setHeader(name, value);
  const send = (status: number, body: string | Buffer, encoding?: string): undefined => {
    response.statusCode = status;
    if (encoding !== undefined) response.setHeader("content-encoding", encoding);
    response.setHeader("content-length", Buffer.byteLength(body));
    response.end(request.method === "HEAD" ? "" : body);
  };
  switch (kind) {
    case "gzip":
      return send(200, gzipSync(text), "gzip");
    case "br":
      return send(200, brotliCompressSync(text), "br");
    case "deflate":
      return send(200, deflateSync(text), "deflate");
    case "zstd":
      // Whatever it is, nobody here can read it.
      return send(200, text, "zstd");
    case "redirect":
      response.setHeader("location", `${url.searchParams.get("to")}?${fields.map(([, value]) => value).join("&")}`);
      return send(302, "elsewhere");
    case "error":
      return send(Number(url.searchParams.get("status") ?? 500), `<h1>error</h1>${text}`);
    case "base64":
      return send(200, Buffer.from(text, "latin1").toString("base64"));
    case "hex":
      return send(200, Buffer.from(text, "latin1").toString("hex"));
    case "json":
      return send(200, JSON.stringify({ text }));
    case "pieces":
      return inPieces(response, text);
    case "range": {
      const [, from = "0", to = "0"] = /bytes=(\d+)-(\d+)/.exec(String(request.headers["range"] ?? "")) ?? [];
      return request.headers["range"] === undefined
        ? send(200, text)
        : send(206, text.slice(Number(from), Number(to) + 1));
    }
    case "base64-one":
      return send(200, Buffer.from(`x${text}`, "latin1").toString("base64url"));
    case "phrase":
      response.statusMessage = fields.map(([, value]) => value).join(" ");
      return send(200, "ok");
    case "hints":
      if ("writeEarlyHints" in response) {
        const link = fields.map(([, value]) => `<https://x.test/${value.replaceAll(" ", "_")}>; rel=preload`);
        if (link.length > 0) response.writeEarlyHints({ link });
      }
      return send(200, "ok");
    case "trailers":
      response.setHeader("trailer", "x-end");
      begin(response, "ok");
      response.addTrailers({ "x-end": fields.map(([, value]) => value).join(" ") });
      response.end();
      return undefined;
    case "remember":
      memory.text = text;
      return send(200, "ok");
    case "recall":
      return send(200, memory.text);
    case "slow":
      return slowly(response, memory);
    case "let-go":
      memory.held = false;
      return send(200, "ok");
    case "only": {
      const isRight = String(request.headers["authorization"]).endsWith(url.searchParams.get("end") ?? "");
      return send(isRight ? 200 : 401, isRight ? "accepted" : "expired");
    }
    case "reverse":
      return send(200, [...text.split("\n\n").slice(1).join("\n\n")].reverse().join(""));
    case "reverse-field":
      return send(200, [...String(request.headers["x-note"] ?? "")].reverse().join(""));
    case "silent":
      return answerSilently(response);
    default:
      return send(200, text);
  }
}

/** Its end comes when another request lets it go. */
function slowly(response: Response, memory: Memory): undefined {
  response.statusCode = 200;
  begin(response, "begin\n");
  const timer = setInterval(() => {
    if (memory.held) return;
    clearInterval(timer);
    response.end("end\n");
  }, 50);
}

function begin(stream: NodeJS.WritableStream, text: string): void {
  stream.write(text);
}

function answerSilently(response: Response): undefined {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = 200;
  response.end("ok");
}

/** What came in header fields that carry keys, in fields of the answer. */
function reflected(request: Request): readonly (readonly [string, string])[] {
  const names = ["authorization", "x-api-key", "cookie"];
  return names.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === "string" ? [[`x-seen-${name}`, value] as const] : [];
  });
}

/** One byte a chunk. */
function inPieces(response: Response, text: string): undefined {
  response.statusCode = 200;
  const stream: NodeJS.WritableStream = response;
  const bytes = Buffer.from(text, "latin1");
  const next = (at: number): void => {
    if (at >= bytes.length) response.end();
    else {
      stream.write(bytes.subarray(at, at + 1));
      setImmediate(next, at + 1);
    }
  };
  next(0);
}
