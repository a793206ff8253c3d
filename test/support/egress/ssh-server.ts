// An SSH server run by hand as the ordinary user, with keys of the test's own; nothing of the machine's own server is touched.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { start } from "../exec.js";
import { ordinary } from "../identity.js";
import type { Cleanup, Stage } from "../stage.js";
import { until } from "../wait.js";
import { listen } from "./origin.js";
import { lacking } from "./tools.js";
import { makeSharedFolder, ruleOf, type Service } from "./world.js";

export const SSHD = "/usr/sbin/sshd";
/** The port that the policy names. */
const PORT = 2222;
const LIFETIME_MS = 600_000;

export interface SshServer {
  readonly service: Service;
  /** Puts the client's key and the server's into a workspace. */
  give(stage: Stage): void;
}

export async function openSsh(cleanup: Cleanup): Promise<SshServer> {
  const folder = makeSharedFolder(cleanup);
  const at = (name: string): string => join(folder, name);
  // The tests say themselves what is missing.
  if ((await lacking([SSHD, "ssh-keygen"])) !== undefined)
    return { service: service(0, () => ""), give: () => undefined };
  for (const name of ["host", "client"])
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", at(name)], { timeout: 30_000 });
  const server = await openSshd(cleanup, { folder, hostKey: at("host"), authorizedKeys: at("client.pub") });
  return {
    service: service(server.port, server.log),
    give: (stage) => {
      const key = join(stage.workspace, "key");
      copyFileSync(at("client"), key);
      chmodSync(key, 0o600);
      stage.own(key);
      stage.write("workspace/known_hosts", `server ${readFileSync(at("host.pub"), "utf8")}`);
    },
  };
}

/** A server with a host key and a set of users' keys, on a port of loopback. */
export async function openSshd(
  cleanup: Cleanup,
  files: { readonly folder: string; readonly hostKey: string; readonly authorizedKeys: string },
): Promise<{ readonly port: number; readonly log: () => string }> {
  const port = await freePort();
  const config = `${files.hostKey}.config`;
  const settings = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${files.hostKey}`,
    `AuthorizedKeysFile ${files.authorizedKeys}`,
    ...["PidFile none", "UsePAM no", "StrictModes no", "PasswordAuthentication no", "LogLevel VERBOSE"],
  ];
  writeFileSync(config, `${settings.join("\n")}\n`);
  for (const name of readdirSync(files.folder)) chownSync(join(files.folder, name), ordinary.uid, ordinary.gid);
  const server = start([SSHD, "-D", "-e", "-f", config], { identity: ordinary, timeoutMs: LIFETIME_MS });
  cleanup.after(async () => {
    server.child.kill("SIGTERM");
    await server.done;
  });
  await until("the SSH server", () => server.errors().includes("Server listening"));
  return { port, log: () => server.errors() };
}

/** Taken and given back: sshd can't be asked which port it got. */
async function freePort(): Promise<number> {
  const undos: (() => void | Promise<void>)[] = [];
  const port = await listen({ after: (undo) => undos.push(undo) }, createServer());
  for (const undo of undos) await undo();
  return port;
}

function service(port: number, errors: () => string): Service {
  return {
    host: "ssh.test",
    outside: () => `ssh://localhost:${port}`,
    inside: () => `ssh://ssh.test:${PORT}`,
    rule: (way) => ruleOf("ssh.test", way, { port: PORT, upstream: port }),
    get log() {
      return errors().split("\n").filter(Boolean);
    },
  };
}
