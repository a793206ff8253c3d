// Cordon's own ways: the agent runs inside a real sandbox whose policy lets it reach the servers by name, the way any command does.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Lines, type Via } from "./load.js";
import type { Bench, Missing, Subject } from "./subjects.js";

const HOST = "bench.example.com";
const OPENED = "opened.example.com";

/** `program`: what runs the command line, as [node, file]. */
export async function cordon(bench: Bench, program: readonly string[]): Promise<readonly (Subject | Missing)[]> {
  const { servers, folder } = bench;
  const workspace = join(folder, "workspace");
  mkdirSync(workspace);
  copyFileSync(join(folder, "load"), join(workspace, "load"));
  const policy = join(folder, "cordon.yaml");
  writeFileSync(policy, policyText(bench));
  const agent = new Lines([...program, "run", "-p", policy, "--", "./load", "agent"], { cwd: workspace });
  bench.children.push(agent.process);
  const { pid } = agent.process;
  if (pid === undefined || !existsSync(servers.certificate)) return [{ name: "cordon", skipped: "doesn't start" }];
  const subject = (name: string, via: Via, way: Partial<Subject["way"]>): Subject => ({
    name: `cordon ${name}`,
    agent,
    pid,
    way: { via, flavour: "raw", host: HOST, port: 443, ...way },
  });
  const HTTP = 3128;
  const SOCKS = 1080;
  return [
    subject("captured", "direct", {}),
    subject("CONNECT", "connect", { proxyPort: HTTP }),
    subject("SOCKS", "socks", { proxyPort: SOCKS }),
    subject("plain HTTP", "absolute", { proxyPort: HTTP, flavour: "http", port: 80 }),
    subject("plain captured", "direct", { flavour: "http", port: 80 }),
    subject("inspected", "connect", { proxyPort: HTTP, flavour: "https", host: OPENED }),
  ];
}

function policyText({ servers }: Bench): string {
  return `version: 1
network:
  allow:
    - { host: ${HOST}, ports: [443, 80], connect: "127.0.0.1:${servers.raw}" }
    - { host: ${OPENED}, inspect: true, connect: "127.0.0.1:${servers.tls}" }
  limits: { connections: 4000 }
  upstreamCa: ["${servers.certificate}"]
`;
}
