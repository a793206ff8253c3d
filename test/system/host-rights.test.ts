// What a command could leave behind on the host besides content: set-user-ID programs, modes by access control lists, flags of files,
// names that ioctls make (H39).

import assert from "node:assert/strict";
import { copyFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { exec } from "../support/exec.js";
import { type Identity, identities } from "../support/identity.js";
import { ROOT } from "../support/repository.js";
import { makeStage, type Stage } from "../support/stage.js";

const PROGRAM = join(ROOT, "test/system/c/rights.py");
const HOOK = "workspace/.git/hooks/pre-commit";
const FILE = "workspace/folder/file";
/** EPERM, ENOTTY, EOPNOTSUPP. */
const REFUSED = 1;
const UNKNOWN = 25;
const UNSUPPORTED = 95;

const SET_IDS: Readonly<Record<string, string>> = {
  chmod: "cp /bin/true program; chmod 6755 program",
  fchmod: "python3 -c 'import os; f = os.open(\"program\", os.O_CREAT | os.O_RDWR); os.fchmod(f, 0o6755)'",
  open: "python3 -c 'import os; os.open(\"program\", os.O_CREAT | os.O_RDWR, 0o6755)'",
  mknod: "python3 -c 'import os; os.mknod(\"program\", 0o106755)'",
};

const NAMING = [
  "btrfs-subvol-create",
  "btrfs-snap-create",
  "btrfs-snap-create-v2",
  "btrfs-subvol-create-v2",
  "btrfs-snap-destroy",
  "btrfs-snap-destroy-v2",
  "btrfs-subvol-setflags",
  "btrfs-set-received",
  "bcachefs-subvol-create",
  "bcachefs-subvol-destroy",
  "ocfs2-reflink",
  "enable-verity",
];

interface Prepared {
  readonly stage: Stage;
  /** Runs the program on the file; the number of its error, or 0. */
  readonly change: (kind: string, inside: boolean) => Promise<number>;
  /** The file's attributes and flags and its folder's, seen from outside. */
  readonly look: () => Promise<string>;
}

async function prepared(t: TestContext, identity: Identity, target: string): Promise<Prepared> {
  const stage = makeStage(t, identity);
  stage.write(target, "as it was\n");
  const program = stage.path("workspace/rights.py");
  copyFileSync(PROGRAM, program);
  return {
    stage,
    change: async (kind, inside) => {
      const argv = ["python3", program, kind, stage.path(target)];
      const { stdout, stderr } = inside ? await stage.inside(argv) : await stage.outside(argv);
      assert.match(stdout, /^\d+\n$/, stderr);
      return Number(stdout);
    },
    look: async () => (await exec(["python3", program, "state", stage.path(target)])).stdout,
  };
}

for (const identity of identities) {
  describe(`rights on the host, as ${identity.name}`, () => {
    for (const [name, script] of Object.entries(SET_IDS)) {
      test(`no set-user-ID program is left by ${name}`, async (t) => {
        for (const inside of [false, true]) {
          const stage = makeStage(t, identity);
          const argv = ["sh", "-c", `umask 0; ${script}`];
          await (inside ? stage.inside(argv) : stage.outside(argv));
          const mode = stage.exists("workspace/program") ? statSync(stage.path("workspace/program")).mode : 0;
          assert.equal((mode & 0o6000) !== 0, !inside, `mode ${mode.toString(8)}`);
        }
      });
    }

    const changes = [
      "acl",
      "default-acl",
      "acl-by-descriptor",
      "acl-by-link",
      "remove-acl",
      "user",
      "setflags",
      "fssetxattr",
    ];
    for (const kind of identity.uid === 0 ? [...changes, "capability"] : changes) {
      test(`attributes and flags of files stay as they are: ${kind}`, async (t) => {
        for (const target of [HOOK, FILE]) {
          for (const inside of [false, true]) {
            const { stage, change, look } = await prepared(t, identity, target);
            if (kind === "remove-acl") await change("acl", false);
            const before = await look();
            const answer = await change(kind, inside);
            assert.equal(answer !== 0, inside, `errno ${answer}`);
            assert.equal((await look()) !== before, !inside, stage.path(target));
          }
        }
      });
    }

    test("attributes can't be set by the newest call either", async (t) => {
      const { change, look } = await prepared(t, identity, FILE);
      const before = await look();
      assert.notEqual(await change("acl-at", true), 0);
      assert.equal(await look(), before);
    });

    test("ioctls that make names or change files are refused before a file system sees them", async (t) => {
      const { change } = await prepared(t, identity, FILE);
      for (const kind of NAMING) {
        // What this file system doesn't know it says so itself, outside; inside nobody asks it.
        assert.ok([UNKNOWN, UNSUPPORTED].includes(await change(kind, false)), `${kind} outside`);
        assert.equal(await change(kind, true), REFUSED, kind);
      }
    });
  });
}
