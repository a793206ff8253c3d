// Decoys in the private home: each way of reading one is told, with the process where the kernel lets it be known; ordinary tools touch none.

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, test } from "node:test";
import { type EventOf, eventsOf } from "../support/events.js";
import { identities } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

type Canary = EventOf<"file.canary">;

async function touched(stage: Stage, script: string): Promise<readonly Canary[]> {
  const file = stage.path("events");
  rmSync(file, { force: true });
  const argv = ["bash", "-c", `${script}\ntrue`];
  const { code, stderr } = await stage.inside(argv, { flags: ["--events", file], timeoutMs: 60_000 });
  assert.equal(code, 0, stderr);
  return eventsOf(file, "file.canary");
}

const PYTHON = `python3 -c 'import mmap, os; f = open(os.path.expanduser("~/.netrc.old")); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); m[:]'`;

/** What reads one, and the program that the event must name. */
const NAMED: readonly (readonly [script: string, program: RegExp])[] = [
  ["cat ~/.netrc.old", /\/cat$/],
  ["cp ~/.netrc.old copy", /\/cp$/],
  ["cd ~ && cat .netrc.old", /\/cat$/],
  ["exec 3< ~ ; cat /proc/self/fd/3/.netrc.old", /\/cat$/],
  [PYTHON, /\/python3[.\d]*$/],
  ["ln ~/.netrc.old ~/other && cat ~/other", /\/cat$/],
  ["mv ~/.netrc.old ~/moved && cat ~/moved", /\/cat$/],
  ["cat /proc/self/root$HOME/.netrc.old", /\/cat$/],
  [": > ~/.netrc.old", /\/bash$/],
];

/** Don't wait, so nobody can say who it was. */
const UNNAMED = [
  "tar cf - ~ | cat >/dev/null",
  "grep -r password ~",
  "dd if=$HOME/.netrc.old of=/dev/null iflag=nonblock",
];

for (const identity of identities) {
  describe(`decoys, as ${identity.name}`, () => {
    for (const [script, program] of NAMED) {
      test(`named: ${script}`, async (t) => {
        const events = await touched(makeStage(t, identity), script);
        const [event] = events;
        assert.ok(event !== undefined);
        assert.match(event.path, /\/\.netrc\.old$/);
        assert.match(event.program ?? "", program);
        assert.equal(event.exact, true);
        assert.ok((event.pid ?? 0) > 1);
      });
    }

    for (const script of UNNAMED) {
      test(`told: ${script}`, async (t) => {
        const events = await touched(makeStage(t, identity), `${script} 2>/dev/null; sleep 0.3`);
        assert.ok(events.some(({ path }) => path.endsWith("/.netrc.old")));
        assert.ok(events.every(({ pid }) => pid === undefined));
      });
    }

    test("the second and the third time too, by each process", async (t) => {
      const events = await touched(makeStage(t, identity), "for i in 1 2 3; do cat ~/.netrc.old; sleep 0.2; done");
      assert.equal(new Set(events.map(({ pid }) => pid)).size, 3);
    });

    test("while another process has it open, and under another name", async (t) => {
      const script = "mv ~/.netrc.old ~/moved; exec 3< ~/moved; sleep 0.2; cat ~/moved";
      assert.equal((await touched(makeStage(t, identity), script)).length, 2);
    });

    test("ordinary tools touch none", async (t) => {
      const stage = makeStage(t, identity);
      const script = `set -e; ls -laR ~ >/dev/null; find ~ -name nothing; du -s ~ >/dev/null
        git init -qb main ~/a; git -C ~/a -c user.name=T -c user.email=t@localhost commit -q --allow-empty -m x; git clone -q ~/a ~/b
        mkdir ~/p; echo '{"name":"p","version":"1.0.0"}' > ~/p/package.json; mkdir ~/q; cd ~/q; echo '{"name":"q"}' > package.json
        npm install --offline --no-audit --no-fund ~/p >/dev/null
        ssh -V; ssh -o BatchMode=yes -o ConnectTimeout=1 127.0.0.1 true || true; curl -s http://127.0.0.1:1/ || true
        node -e 0; python3 -c 0`;
      assert.deepEqual(await touched(stage, script), []);
    });

    test("none is there when the policy wants none", async (t) => {
      const stage = makeStage(t, identity);
      const policy = stage.write("none.yaml", "version: 1\nname: none\nfilesystem: { canaries: false }\n");
      const { stdout } = await stage.inside(["sh", "-c", "ls -A ~"], { flags: ["-p", policy] });
      assert.doesNotMatch(stdout, /netrc|ssh/);
    });
  });
}
