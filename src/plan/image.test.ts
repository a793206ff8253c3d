// A plan whose system is an image's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Case, links, planOf, problemOf } from "./testing/plans.js";

const ROOT = "/home/ada/.local/state/cordon/images/trees/sha256-1/root";
const DIGEST = `sha256:${"a".repeat(64)}`;

const TREE = [
  "/usr/bin/bash",
  "/usr/bin/tool",
  "/usr/lib/ld.so",
  "/bin -> usr/bin",
  "/opt/agent/run",
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/ssl/openssl.cnf",
  "/etc/passwd",
  "/etc/shadow",
  "/etc/resolv.conf",
  "/etc/os-release -> ../usr/lib/os-release",
  "/etc/profile.d/a.sh",
  "/var/lib/dpkg/status",
  "/home/agent/",
  "/tmp/",
].map((path) => (path.startsWith("/") ? `${ROOT}${path}` : path));

function given(more: Case = {}): Case {
  return {
    ...more,
    policy: { filesystem: { system: "image" }, image: { ref: "localhost/agent", digest: DIGEST }, ...more.policy },
    host: { paths: TREE },
    request: {
      image: {
        ref: "localhost/agent:latest",
        digest: DIGEST,
        root: ROOT,
        env: { PATH: "/usr/bin", FROM: "image", HOME: "/x" },
      },
      command: ["tool"],
      ...more.request,
    },
  };
}

test("every system mount comes out of the image's tree, and none from the host", () => {
  const { plan } = planOf(given());
  const system = plan.mounts.filter((mount) => mount.kind === "bind" && mount.origin === "system");
  const sources = system.flatMap((mount) => (mount.kind === "bind" ? [mount.source] : []));
  assert.deepEqual(
    sources.filter((source) => !source.startsWith(`${ROOT}/`)),
    ["/sys/devices/system/cpu"],
  );
  assert.deepEqual(
    system.flatMap((mount) => (mount.target.startsWith("/sys") ? [] : [mount.target])),
    ["/opt", "/usr", "/etc/profile.d", "/etc/ssl"],
  );
  assert.ok(system.every((mount) => mount.kind === "bind" && mount.access === "read"));
  assert.ok(links(plan).includes("/bin -> usr/bin"));
  assert.ok(links(plan).includes("/etc/os-release -> ../usr/lib/os-release"));
  assert.deepEqual(plan.image, { ref: "localhost/agent:latest", digest: DIGEST });
});

test("the image's variables lie below what Cordon and the policy decide", () => {
  const { env } = planOf(given({ policy: { process: { env: { pass: [], set: { SET: "policy" } } } } })).plan.command;
  assert.equal(env["FROM"], "image");
  assert.equal(env["PATH"], "/usr/bin");
  assert.equal(env["HOME"], "/home/ada");
  assert.equal(env["SHELL"], "/bin/bash");
});

test("programs of the host aren't brought in, also when they are named by their path", () => {
  for (const command of [["node"], ["/opt/host-tool/bin/x"]]) {
    const { plan } = planOf(given({ request: { command } }));
    assert.ok(!plan.mounts.some((mount) => mount.kind === "bind" && mount.origin === "command"));
  }
});

test("without an image that was verified there is no plan", () => {
  const { request, ...rest } = given();
  assert.equal(request?.image?.digest, DIGEST);
  assert.match(problemOf({ ...rest, request: { command: ["tool"] } }), /no image was verified for this run/);
});

test("a path of the host can't be shown in the middle of the image", () => {
  const problem = problemOf(given({ policy: { filesystem: { system: "image", read: ["/usr/share/git-core"] } } }));
  assert.match(problem, /path-refused: \/usr\/share\/git-core can't be shown: the image has no such path/);
});
