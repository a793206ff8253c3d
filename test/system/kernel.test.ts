// Calls into the kernel that make new walls, or holes in this one, are closed inside: H15, H39. Each is first shown to work as
// root in mount, pid and network namespaces of its own, so that the host stays as it is.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { bring, compile } from "../support/compile.js";
import { exec } from "../support/exec.js";
import { identities, superuser } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

const PROGRAM = compile({ after }, "kernel");

/** This kernel may be built without these: then outside they answer ENOSYS, and there is nothing to close. */
const MAY_BE_MISSING = new Set(["x32", "ioperm", "iopl", "int80", "userfaultfd", "io_uring_setup"]);

function answers(output: string): ReadonlyMap<string, string> {
  const pairs = output
    .trim()
    .split("\n")
    .map((line) => line.split(/ (.*)/) as [string, string]);
  return new Map(pairs.map(([name, answer]) => [name, answer]));
}

describe("kernel interfaces", () => {
  test("outside, with rights, each of them works", {
    skip: superuser === undefined ? "only root can show it" : false,
  }, async () => {
    const argv = ["unshare", "--mount", "--pid", "--net", "--fork", "--propagation", "private", PROGRAM];
    const result = await exec(argv, { env: { FRESH_MOUNTS: "1" } });
    const found = answers(result.stdout);
    assert.ok(found.size > 30, result.stdout + result.stderr);
    for (const [name, answer] of found) {
      if (answer !== "ok" && MAY_BE_MISSING.has(name)) assert.match(answer, /errno (1|38)|signal/, name);
      else assert.equal(answer, "ok", name);
    }
  });

  for (const identity of identities) {
    for (const profile of ["default", "strict"]) {
      test(`inside, as ${identity.name} with the ${profile} filter, none does`, async (t) => {
        const stage = makeStage(t, identity);
        const argv = [bring(stage, PROGRAM)];
        const result = await stage.inside(argv, { flags: ["--set", `process.seccomp=${profile}`] });
        const found = answers(result.stdout);
        assert.ok(found.size > 30, result.stdout + result.stderr);
        const open = [...found].filter(([, answer]) => answer === "ok").map(([name]) => name);
        assert.deepEqual(open, []);
        // Another architecture's calls mean other numbers: nothing but the end of the process is safe.
        if (process.arch === "x64")
          for (const name of ["int80", "x32"]) assert.match(found.get(name) ?? "", /signal 31|errno/, name);
      });
    }

    test(`as ${identity.name}: no capability, no new privileges, a filter, an id of its own`, async (t) => {
      const stage = makeStage(t, identity);
      const result = await stage.inside(["cat", "/proc/self/status"]);
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
        assert.match(result.stdout, new RegExp(`${set}:\\s0+\n`));
      assert.match(result.stdout, /NoNewPrivs:\s1\n/);
      assert.match(result.stdout, /Seccomp:\s2\n/);
      assert.doesNotMatch(result.stdout, /Uid:(\s\d+)*\s0[\s\n]/);
      const groups = /Groups:([^\n]*)/.exec(result.stdout)?.[1]?.trim() ?? "";
      assert.ok(!groups.split(" ").includes("0"), `groups: ${groups}`);
    });

    test(`as ${identity.name}: namespaces are all its own`, async (t) => {
      const stage = makeStage(t, identity);
      const look = [
        "sh",
        "-c",
        "for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done; hostname; ls /proc | grep -c '^[0-9]'",
      ];
      const outside = (await stage.outside(look)).stdout.trim().split("\n");
      const inside = (await stage.inside(look)).stdout.trim().split("\n");
      assert.equal(inside.length, 9, inside.join("\n"));
      for (const [index, name] of ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"].entries())
        assert.notEqual(inside[index], outside[index], name);
      assert.ok(Number(inside[8]) < 8, `processes seen inside: ${inside[8]}`);
    });
  }
});
