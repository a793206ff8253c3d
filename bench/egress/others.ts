// The other proxies: each is started with the least that it needs to let a client through to loopback, and without logging. What isn't
// installed, or doesn't start, is named and left out; it must never be replaced by a guess.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sandboxRuntime } from "../others.js";
import { onPath } from "../programs.js";
import type { Flavour, Via } from "./load.js";
import { type Bench, listens, type Missing, type Subject } from "./subjects.js";

interface Proxy {
  readonly name: string;
  readonly argv: (port: number) => readonly string[];
  readonly ways: readonly (readonly [string, Via, Flavour])[];
}

const TUNNEL = ["CONNECT", "connect", "raw"] as const;
const PLAIN = ["plain HTTP", "absolute", "http"] as const;
const INSPECTED = ["inspected", "connect", "https"] as const;

export async function others(bench: Bench): Promise<readonly (Subject | Missing)[]> {
  const started: (Subject | Missing)[] = [];
  for (const make of [tinyproxy, squid, mitmproxy, mitmproxyOpened, srt, smokescreen]) {
    const proxy = make(bench.folder);
    if ("skipped" in proxy) started.push(proxy);
    else started.push(...(await start(bench, proxy)));
  }
  return started;
}

async function start(bench: Bench, { name, argv, ways }: Proxy): Promise<readonly (Subject | Missing)[]> {
  const port = await freePort();
  const [file = "", ...args] = argv(port);
  const child: ChildProcess = spawn(file, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-500);
  });
  child.once("error", (error) => {
    said = error.message;
  });
  bench.children.push(child);
  if (!(await listens(port, child)) || child.pid === undefined)
    return [{ name, skipped: `doesn't start: ${said.trim()}` }];
  const { pid } = child;
  const { servers, agent } = bench;
  return ways.map(([label, via, flavour]) => {
    const target = flavour === "https" ? servers.tls : servers.raw;
    return {
      name: `${name} ${label}`,
      agent,
      pid,
      way: { via, flavour, proxyPort: port, host: "127.0.0.1", port: target },
    };
  });
}

function tinyproxy(folder: string): Proxy | Missing {
  const name = "tinyproxy";
  if (onPath(name) === undefined) return { name, skipped: "not installed" };
  const argv = (port: number) => {
    const file = join(folder, "tinyproxy.conf");
    writeFileSync(
      file,
      `Port ${port}\nListen 127.0.0.1\nMaxClients 4096\nTimeout 60\nLogLevel Critical\nAllow 127.0.0.1\n`,
    );
    return [name, "-d", "-c", file];
  };
  return { name, argv, ways: [TUNNEL, PLAIN] };
}

function squid(folder: string): Proxy | Missing {
  const name = "squid";
  if (onPath(name) === undefined) return { name, skipped: "not installed" };
  const argv = (port: number) => {
    const own = join(folder, "squid");
    mkdirSync(own, { mode: 0o777 });
    const file = join(folder, "squid.conf");
    const lines = [
      `http_port 127.0.0.1:${port}`,
      "http_access allow all",
      "cache deny all",
      "access_log none",
      `cache_log ${own}/cache.log`,
      `pid_filename none`,
      `coredump_dir ${own}`,
      "max_filedescriptors 16384",
      "memory_pools off",
      "shutdown_lifetime 0 seconds",
      "visible_hostname bench",
      "pinger_enable off",
    ];
    writeFileSync(file, `${lines.join("\n")}\n`);
    return [name, "-N", "-f", file];
  };
  return { name, argv, ways: [TUNNEL, PLAIN] };
}

function mitm(name: string, options: readonly string[], ways: Proxy["ways"]): Proxy | Missing {
  if (onPath("mitmdump") === undefined) return { name, skipped: "not installed" };
  const common = ["--listen-host", "127.0.0.1", "--set", "stream_large_bodies=1m", "--set", "connection_strategy=lazy"];
  const argv = (port: number) => ["mitmdump", "-q", ...common, "--listen-port", String(port), ...options];
  return { name, argv, ways };
}

/** CONNECT isn't looked into, as a tunnel; another instance opens TLS. */
function mitmproxy(folder: string): Proxy | Missing {
  return mitm("mitmproxy", ["--set", `confdir=${folder}/mitm`, "--ignore-hosts", ".*"], [TUNNEL]);
}

function mitmproxyOpened(folder: string): Proxy | Missing {
  return mitm("mitmproxy", ["--set", `confdir=${folder}/mitm`, "--ssl-insecure"], [PLAIN, INSPECTED]);
}

const SRT = `
const { createHttpProxyServer } = await import(process.argv[1]);
createHttpProxyServer({ filter: () => true }).listen(Number(process.argv[2]), "127.0.0.1");
`;

/** Its HTTP proxy alone, as it would stand behind its sandbox, with a filter that says yes. */
function srt(): Proxy | Missing {
  const name = "srt";
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "cordon-bench");
  // Only its installation is asked for: whether its sandbox works here is another matter.
  const installed = sandboxRuntime(cache);
  const module = join(cache, "node_modules", "@anthropic-ai", "sandbox-runtime", "dist", "sandbox", "http-proxy.js");
  if (!existsSync(module))
    return { name, skipped: "skipped" in installed ? installed.skipped : "its proxy isn't there" };
  const node = join(cache, "node_modules", "node", "bin", "node");
  const argv = (port: number) => [node, "--input-type=module", "-e", SRT, pathToFileURL(module).href, String(port)];
  return { name, argv, ways: [TUNNEL, PLAIN] };
}

function smokescreen(): Proxy | Missing {
  const name = "smokescreen";
  const file = onPath(name) ?? join(homedir(), "go", "bin", name);
  if (!existsSync(file)) return { name, skipped: "not installed (go install github.com/stripe/smokescreen@latest)" };
  const argv = (port: number) => [
    ...[file, "--listen-ip", "127.0.0.1", "--listen-port", String(port)],
    ...["--allow-range", "127.0.0.0/8", "--unsafe-allow-private-ranges"],
  ];
  return { name, argv, ways: [TUNNEL, PLAIN] };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
