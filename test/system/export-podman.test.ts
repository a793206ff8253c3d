// The exported Podman script really starts a container, as an ordinary user and without Cordon. Each attack is first shown to work outside.
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { after, before, describe, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { describeResult, type ExecOptions } from "../support/exec.js";
import { attackWords, EXPORT_ATTACKS, exportFiles, fileOf, makeTarget, POLICY, STARTED } from "../support/export.js";
import { ordinary } from "../support/identity.js";
import { lacksPodman, makePodman, type Podman } from "../support/podman.js";
import { makeStage } from "../support/stage.js";

describe("the exported podman script", { skip: lacksPodman() }, () => {
  let podman: Podman;
  before(async () => {
    podman = await makePodman(ordinary);
  });
  after(() => podman?.remove());

  test("every attack works without it and fails in it", async (t) => {
    const target = await makeTarget(t, ordinary);
    const { stage } = target;
    const left = openSync(stage.path("beside/secret"), "r");
    t.after(() => closeSync(left));
    const script = fileOf(
      await exportFiles(stage, "podman", { policy: POLICY, flags: ["--image", podman.image] }),
      ".sh",
    );
    for (const attack of EXPORT_ATTACKS) {
      const options: ExecOptions = { env: { ...podman.env, TEST_KEY: stage.secret }, extraFds: [left] };
      const words = attackWords(attack, target);
      const outside = await stage.outside(words, options);
      assert.equal(attack.worked(target, outside), true, `without the sandbox: ${describeResult(outside)}`);
      attack.undo?.(target);
      const inside = await stage.outside([script, ...words], options);
      assert.match(inside.stdout, STARTED, `${attack.name}: ${describeResult(inside)}`);
      assert.equal(attack.worked(target, inside), false, `${attack.name}: ${describeResult(inside)}`);
    }
  });

  test("it works in the workspace as the user, confined, with its own words and status", async (t) => {
    const stage = makeStage(t, ordinary);
    const folder = stage.makeDirectory("more/it's 100% $5");
    stage.write("more/it's 100% $5/file", "found\n");
    const flags = ["--image", podman.image, "--read", folder];
    const script = fileOf(await exportFiles(stage, "podman", { policy: POLICY, flags }), ".sh");
    const odd = ["", "a b", "$HOME `id`", `'"\\`, "%h", "line\nline"];
    const shell = [
      'cat "$1/file"; shift; printf "[%s]" "$@"; id -u; echo x >"$HOME/a"; echo y >/tmp/b; echo 2 >output',
      "touch /usr/x 2>/dev/null && echo written; cat /proc/self/status; exit 7",
    ].join("; ");
    const words = ["sh", "-c", shell, "sh", folder, ...odd];
    const result = await stage.outside([script, ...words], { env: podman.env });
    const expected = `found\n${odd.map((word) => `[${word}]`).join("")}${ordinary.uid}\n`;
    assert.ok(result.stdout.startsWith(expected), describeResult(result));
    assert.doesNotMatch(result.stdout, /written/);
    for (const line of [/^CapEff:\t0+$/m, /^CapBnd:\t0+$/m, /^NoNewPrivs:\t1$/m, /^Seccomp:\t2$/m])
      assert.match(result.stdout, line);
    assert.equal(result.code, 7, describeResult(result));
    assert.equal(readFileSync(stage.path("workspace/output"), "utf8"), "2\n");
  });

  test("the manifests are played by Podman, but for what only a cluster has", async (t) => {
    const stage = makeStage(t, ordinary);
    const flags = ["--image", podman.image, "--allow", "api.example.com", "--allow", "*.example.org:8443"];
    const command = ["sh", "-c", 'echo "played $A $(id -u)"; touch /usr/x || echo sealed; cat /proc/self/status'];
    const policy = "version: 1\nname: test\nprocess: { env: { set: { A: $(HOME) } } }\n";
    const files = await exportFiles(stage, "kubernetes", { policy, flags, command });
    const documents = parseAllDocuments(readFileSync(fileOf(files, ".yaml"), "utf8")).map((each) => each.toJS());
    assert.deepEqual(
      documents.map(({ kind }) => kind),
      ["Pod", "NetworkPolicy", "NetworkPolicy", "ConfigMap", "Service", "Pod"],
    );
    const [pod] = documents;
    // There is no claim here: a folder in its place.
    pod.spec.volumes[0] = { name: "work", hostPath: { path: stage.workspace, type: "Directory" } };
    pod.metadata.annotations = { "io.podman.annotations.userns": "keep-id" };
    // Other things of kubelets that Podman of Debian 12 doesn't know.
    for (const volume of pod.spec.volumes) if (volume.emptyDir) delete volume.emptyDir.sizeLimit;
    const yaml = stage.write("pod.json", JSON.stringify(pod));
    const profiles = stage.makeDirectory("seccomp/cordon");
    stage.write(`seccomp/cordon/${basename(fileOf(files, ".json"))}`, readFileSync(fileOf(files, ".json"), "utf8"));
    const root = ["--seccomp-profile-root", dirname(profiles), "--network=none", "--log-driver=k8s-file"];
    const played = await podman.run(["podman", "kube", "play", ...root, yaml]);
    t.after(() => podman.run(["podman", "kube", "down", yaml]));
    assert.equal(played.code, 0, describeResult(played));
    const name = `${pod.metadata.name}-agent`;
    await podman.run(["podman", "wait", name]);
    const logs = await podman.run(["podman", "logs", name]);
    assert.match(logs.stdout, new RegExp(`^played \\$\\(HOME\\) ${ordinary.uid}$`, "m"), describeResult(logs));
    for (const line of [/^sealed$/m, /^CapEff:\t0+$/m, /^NoNewPrivs:\t1$/m, /^Seccomp:\t2$/m])
      assert.match(logs.stdout, line);
  });

  test("the Containerfile builds on a base that is named by its digest, and on none unasked", async (t) => {
    const stage = makeStage(t, ordinary);
    const file = fileOf(await exportFiles(stage, "containerfile", { command: ["sh", "-c", "id -u"] }));
    const build = ["podman", "build", "--quiet", "--pull=never", "--isolation=chroot", "--timestamp", "0"];
    const words = ["--build-arg", `BASE=${podman.image}`, "--tag", "localhost/cordon-built:1", "--file", file];
    const built = await podman.run([...build, ...words, stage.makeDirectory("empty")]);
    assert.equal(built.code, 0, describeResult(built));
    const run = await podman.run(["podman", "run", "--rm", "--network=none", "localhost/cordon-built:1"]);
    assert.equal(run.stdout, `${ordinary.uid}\n`, describeResult(run));
    const without = await podman.run([...build, "--file", file, stage.makeDirectory("empty")]);
    assert.notEqual(without.code, 0, "a base that nobody named");
  });

  for (const profile of ["default", "strict"]) {
    test(`the exported seccomp profile (${profile}) is one that Podman and runc take`, async (t) => {
      const stage = makeStage(t, ordinary);
      const policy = `version: 1\nname: test\nprocess: { seccomp: ${profile} }\n`;
      const file = fileOf(await exportFiles(stage, "seccomp", { policy }));
      const run = ["podman", "run", "--rm", "--network=none", "--security-opt", `seccomp=${file}`];
      const words = ["--security-opt", "no-new-privileges", "--entrypoint=", podman.image];
      const result = await podman.run([
        ...run,
        ...words,
        "sh",
        "-c",
        "cat /proc/self/status; unshare --user true || echo refused",
      ]);
      assert.match(result.stdout, /^Seccomp:\t2$/m, describeResult(result));
      assert.match(result.stdout, /^refused$/m, describeResult(result));
    });
  }
});
