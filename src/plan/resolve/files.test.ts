import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { binds, masks, planOf, problemOf } from "../testing/plans.js";
import { coveringMount, insidePathsOf } from "../tree.js";

describe("grants", () => {
  test("an inner read grant isn't undone by an outer write grant", () => {
    const host = { paths: ["/data/ref/a", "/data/b"] };
    const { plan } = planOf({ policy: { filesystem: { read: ["/data/ref"], write: ["/data"] } }, host });
    const mount = coveringMount(plan.mounts, "/data/ref/a");
    assert.equal(mount?.kind === "bind" ? mount.access : "", "read");
  });

  test("a missing path is a problem when it was written, a note when a built-in profile names it", () => {
    const policy = { filesystem: { read: ["/data/none"] } };
    assert.match(problemOf({ policy, lines: { "filesystem.read.0": 4 } }), /^path-missing: \/data\/none doesn't exist/);
    assert.match(planOf({ policy }).notes.join("\n"), /\/data\/none isn't there/);
  });

  test("globs take what is there, without dot files", () => {
    const host = { paths: ["/data/a.txt", "/data/b.txt", "/data/.c.txt"] };
    const { plan } = planOf({ policy: { filesystem: { read: ["/data/*.txt"] } }, host });
    assert.deepEqual(
      binds(plan).filter((line) => line.includes("/data")),
      ["read /data/a.txt", "read /data/b.txt"],
    );
  });

  test("a glob never opens a folder of credentials", () => {
    assert.match(problemOf({ policy: { filesystem: { read: ["/home/ada/.*"] } } }), /credentials/);
    planOf({ policy: { filesystem: { read: ["/home/ada/.ssh/id_ed25519"] } } });
  });

  test("Cordon's own folders stay hidden below a read grant, also those that aren't there yet", () => {
    const host = { paths: ["/home/ada/.local/share/fonts/a.ttf"] };
    const { plan } = planOf({ policy: { filesystem: { read: ["/home/ada/.local"] } }, host });
    assert.deepEqual(masks(plan), ["/home/ada/.local/state/cordon", "/home/ada/.local/share/cordon"]);
    const names = plan.guard.names.filter((name) => name.origin === "cordon").map((name) => name.components.join("/"));
    assert.deepEqual(names, ["state/cordon", "share/cordon"]);
    assert.deepEqual(plan.guard.watch, [{ source: "/home/ada/.local", target: "/home/ada/.local" }]);
  });

  test("sockets are granted by network.sockets only", () => {
    const host = { paths: ["/srv/llm.sock socket", "/var/run -> /run", "/run/llm.sock socket"] };
    assert.match(problemOf({ policy: { filesystem: { read: ["/srv/llm.sock"] } }, host }), /network\.sockets/);
    const { plan } = planOf({ policy: { network: { sockets: ["/var/run/llm.sock"] } }, host });
    assert.deepEqual(insidePathsOf(plan.mounts, "/run/llm.sock"), ["/run/llm.sock"]);
    assert.deepEqual(plan.network.sockets, [
      { source: "/run/llm.sock", target: "/run/llm.sock", origin: "network.sockets.0" },
    ]);
  });
});
