// What a command could leave behind on the host besides content: set-user-ID programs, modes by access control lists (H39).

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { describe, test } from "node:test";
import { identities } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

const SET_IDS: Readonly<Record<string, string>> = {
  chmod: "cp /bin/true program; chmod 6755 program",
  fchmod: "python3 -c 'import os; f = os.open(\"program\", os.O_CREAT | os.O_RDWR); os.fchmod(f, 0o6755)'",
  open: "python3 -c 'import os; os.open(\"program\", os.O_CREAT | os.O_RDWR, 0o6755)'",
  mknod: "python3 -c 'import os; os.mknod(\"program\", 0o106755)'",
};

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
  });
}
