// An SSH client through an allowed port, whose server speaks first: nothing about it is HTTP or TLS. Issue 3, "It shows".
import { createHash } from "node:crypto";
import { type Client, testClient } from "../support/egress/client.js";
import { openSsh, SSHD } from "../support/egress/ssh-server.js";
import { fileCleanup, openWorld } from "../support/egress/world.js";
import { ordinary } from "../support/identity.js";

const SIZE = 3_000_000;
const DIGEST = createHash("sha256").update(Buffer.alloc(SIZE)).digest("hex");

const cleanup = fileCleanup();
const world = await openWorld(cleanup);

const server = await openSsh(cleanup);

const SSH: Client = {
  name: "ssh",
  needs: ["ssh", "ssh-keygen", SSHD],
  script: `
    options="-F none -i key -p $PORT -o BatchMode=yes -o IdentitiesOnly=yes -o ConnectTimeout=20 -o HostKeyAlias=server -o UserKnownHostsFile=known_hosts"
    head -c ${SIZE} /dev/zero | ssh $options "${ordinary.name}@$SERVER" 'id -un; sha256sum'`,
  prints: new RegExp(`^${ordinary.name}\n${DIGEST}`),
  request: /Accepted publickey for/,
  ways: ["tunnel"],
  knowsProxies: false,
  asRoot: true,
  prepare: (stage) => server.give(stage),
};

testClient(SSH, { world, service: server.service });
