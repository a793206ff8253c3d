// Git over HTTP: git's own http-backend as a CGI program, over one bare repository that may be pushed to.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Exchange, Site } from "./origin.js";

const AUTHOR = ["-c", "user.name=T", "-c", "user.email=t@localhost"];

/** What is in it: a crate, so that cargo can depend on it. */
const CRATE = '[package]\nname = "cloned"\nversion = "1.0.0"\nedition = "2021"\n';

/** The site, and the names of the branches that the repository has now. */
export function gitServer(folder: string): { readonly site: Site; branches(): readonly string[] } {
  const repository = join(folder, "project.git");
  const env = environment(folder);
  const feed = (input: string, ...args: readonly string[]): string =>
    execFileSync("git", ["-C", repository, ...args], { encoding: "utf8", env, input, timeout: 30_000 }).trim();
  const git = (...args: readonly string[]): string => feed("", ...args);
  mkdirSync(repository, { recursive: true });
  git("init", "-q", "--bare", "-b", "main");
  git("config", "http.receivepack", "true");
  const blob = (text: string): string => feed(text, "hash-object", "-w", "--stdin");
  const source = feed(`100644 blob ${blob("pub fn cloned() {}\n")}\tlib.rs\n`, "mktree");
  const tree = feed(`100644 blob ${blob(CRATE)}\tCargo.toml\n040000 tree ${source}\tsrc\n`, "mktree");
  git("update-ref", "refs/heads/main", git(...AUTHOR, "commit-tree", "-m", "one", tree));
  return {
    site: (exchange) => runBackend(folder, exchange),
    branches: () => git("for-each-ref", "--format=%(refname:short)").split("\n").filter(Boolean),
  };
}

/** Nothing of the configuration of whoever runs the tests. */
function environment(folder: string): Record<string, string> {
  const none = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", HOME: folder };
  return { PATH: process.env["PATH"] ?? "", ...none };
}

async function runBackend(folder: string, exchange: Exchange): Promise<void> {
  const child = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...environment(folder), ...variablesOf(folder, exchange) },
  });
  const sent = pipeline(exchange.body, child.stdin).catch(() => undefined);
  let head = Buffer.alloc(0);
  let response: NodeJS.WritableStream | undefined;
  for await (const chunk of child.stdout) {
    if (response !== undefined) response.write(chunk);
    else {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) continue;
      response = openResponse(exchange, head.subarray(0, end).toString("latin1"));
      response.write(head.subarray(end + 4));
    }
  }
  await sent;
  if (response === undefined) exchange.answer(500, {}, "git http-backend said nothing\n");
  else response.end();
}

/** A CGI program's variables, RFC 3875. */
function variablesOf(folder: string, { method, path, query, headers }: Exchange): Record<string, string> {
  const optional: Record<string, string | undefined> = {
    CONTENT_LENGTH: headers["content-length"],
    CONTENT_TYPE: headers["content-type"],
    HTTP_CONTENT_ENCODING: headers["content-encoding"],
    GIT_PROTOCOL: headers["git-protocol"],
  };
  const given = Object.entries(optional).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return {
    GIT_PROJECT_ROOT: folder,
    GIT_HTTP_EXPORT_ALL: "1",
    REQUEST_METHOD: method,
    PATH_INFO: path,
    QUERY_STRING: query,
    REMOTE_USER: "tester",
    REMOTE_ADDR: "127.0.0.1",
    ...Object.fromEntries(given),
  };
}

function openResponse(exchange: Exchange, head: string): NodeJS.WritableStream {
  const fields = head.split("\r\n").map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
  });
  const status = Number(fields.find(([name]) => name === "status")?.[1]?.slice(0, 3) ?? "200");
  return exchange.open(status, Object.fromEntries(fields.filter(([name]) => name !== "status")));
}
