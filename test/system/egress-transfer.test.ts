// Programs that move files, inside a sandbox with an allowlist: curl, wget, git over HTTPS. Issue 3, "It shows".
import { createHash } from "node:crypto";
import { type Client, testClient } from "../support/egress/client.js";
import { HELLO } from "../support/egress/files.js";
import { gitServer } from "../support/egress/git-server.js";
import { fileCleanup, openWorld, type World } from "../support/egress/world.js";

const SIZE = 3_000_000;
const DIGEST = createHash("sha256").update(Buffer.alloc(SIZE)).digest("hex");
const wgetTrust = (world: World): string => `--ca-certificate=${world.certificates.authority}`;

const FILES: readonly Client[] = [
  {
    name: "curl",
    needs: ["curl"],
    script: 'curl -sSfL --max-time 20 "$BASE/files/moved"',
    prints: new RegExp(HELLO),
    request: /^GET \/files\/hello/m,
    ways: ["tunnel", "inspected", "plain"],
    knowsProxies: true,
    asRoot: true,
  },
  {
    name: "curl that uploads, with Expect: 100-continue",
    needs: ["curl"],
    script: `head -c ${SIZE} /dev/zero | curl -sSf --max-time 20 -H "Expect: 100-continue" --data-binary @- "$BASE/files/digest"`,
    prints: new RegExp(DIGEST),
    request: /^POST \/files\/digest/m,
    ways: ["tunnel", "inspected", "plain"],
    knowsProxies: true,
  },
  {
    name: "curl with HTTP/1.1 only, in chunks",
    needs: ["curl"],
    script: `head -c ${SIZE} /dev/zero | curl -sSf --max-time 20 --http1.1 -T - "$BASE/files/digest"`,
    prints: new RegExp(DIGEST),
    request: /^PUT \/files\/digest 1\.1/m,
    ways: ["tunnel", "inspected", "plain"],
    knowsProxies: true,
  },
  {
    name: "curl by the SOCKS proxy",
    needs: ["curl"],
    // Only inside is there one; Cordon sets this variable there.
    script: `
      proxy=; if [ -v CORDON ]; then proxy="-x socks5h://127.0.0.1:1080"; fi
      curl -sSf --max-time 20 $proxy "$BASE/files/hello"`,
    prints: new RegExp(HELLO),
    request: /^GET \/files\/hello/m,
    ways: ["tunnel", "inspected", "plain"],
    knowsProxies: "told",
  },
  {
    name: "wget",
    needs: ["wget"],
    script: 'wget -q --tries=1 --timeout=20 $OPTIONS -O large "$BASE/files/large"; wc -c < large',
    prints: /^5000000$/m,
    request: /^GET \/files\/large/m,
    ways: ["tunnel", "inspected", "plain"],
    knowsProxies: true,
    outsideOptions: wgetTrust,
  },
];

/** The second push is larger than http.postBuffer, so it goes in chunks. */
const GIT: Client = {
  name: "git clone and push over HTTPS",
  needs: ["git"],
  script: `
    export GIT_TERMINAL_PROMPT=0 GIT_AUTHOR_NAME=T GIT_AUTHOR_EMAIL=t@localhost GIT_COMMITTER_NAME=T GIT_COMMITTER_EMAIL=t@localhost
    git clone -q "$BASE/git/project.git" project
    cd project
    head -c 2500000 /dev/urandom > blob
    git add blob
    git commit -qm two
    git push -q origin "HEAD:refs/heads/pushed-$$-$RANDOM"
    git fetch -q --prune
    git rev-list --count --remotes="*pushed-*" --max-count=1`,
  prints: /^1$/m,
  request:
    /^GET \/git\/project\.git\/info\/refs\?service=git-upload-pack[\s\S]*^POST \/git\/project\.git\/git-receive-pack/m,
  ways: ["tunnel", "inspected"],
  knowsProxies: true,
  asRoot: true,
};

const world = await openWorld(fileCleanup(), (folder) => ({ git: gitServer(folder).site }));

for (const client of FILES) testClient(client, { world, service: world.site("files.test") });
testClient(GIT, { world, service: world.site("git.test") });
