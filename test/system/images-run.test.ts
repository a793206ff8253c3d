// A run whose system is an image: what is inside is the image's and not the host's, and an image that isn't pinned, signed or as it was built
// is refused before anything starts.

import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { cordonArgv, describeResult, exec, type Result } from "../support/exec.js";
import { identities, ordinary } from "../support/identity.js";
import { builtDigest, image, imageEnv, TINY, writeDefinition } from "../support/image.js";
import { makeStage } from "../support/stage.js";

for (const identity of identities) {
  describe(`as ${identity.name}`, () => {
    const undo: (() => void | Promise<void>)[] = [];
    const stage = makeStage({ after: (one) => undo.push(one) }, identity);
    after(async () => {
      for (const one of undo.toReversed()) await one();
    });
    let digest = "";
    before(async () => {
      writeDefinition(stage);
      digest = await builtDigest(stage);
      const made = await image(stage, "sign", "localhost/tiny", "--key", "own.key", "--new-key");
      assert.equal(made.code, 0, describeResult(made));
    });

    const policy = (text: string): string =>
      stage.write("image/policy.yaml", `version: 1\nname: test\nfilesystem: { system: image }\n${text}\n`);
    const run = async (file: string, argv: readonly string[], ...flags: readonly string[]): Promise<Result> =>
      exec(cordonArgv("run", "-p", file, "-w", stage.workspace, ...flags, "--", ...argv), {
        identity,
        cwd: stage.workspace,
        env: imageEnv(stage),
      });
    const pinned = () => policy(`image: { ref: localhost/tiny, digest: "${digest}", verify: { key: own.pub } }`);
    const refused = async (file: string, message: RegExp): Promise<void> => {
      const result = await run(file, ["touch", "ran"]);
      assert.equal(result.code, 125, describeResult(result));
      assert.match(result.stderr, message);
      assert.equal(stage.exists("workspace/ran"), false);
    };

    test("the programs are the image's, and nothing of the host's is there", async () => {
      const script =
        'hello; greet; echo "$FROM_IMAGE"; cat /etc/debian_version; echo made >made; for each in /usr/bin/apt-get /usr/bin/perl /usr/bin/python3 /usr/share/doc/apt /etc/apt /var/lib/dpkg; do [ -e $each ] && echo "host: $each"; done; exit 7';
      const result = await run(pinned(), ["bash", "-c", script]);
      assert.equal(result.code, 7, describeResult(result));
      assert.match(result.stdout, /^hello from the image\nhello from the image\nyes-it-is\n12\.\d+\n$/);
      assert.equal(readFileSync(`${stage.workspace}/made`, "utf8"), "made\n");
      const outside = await stage.outside(["sh", "-c", "[ -e /usr/bin/apt-get ] && [ -e /etc/apt ]"]);
      assert.equal(outside.code, 0, "the host has what isn't seen inside");
      const missing = await run(pinned(), ["apt-get", "--version"]);
      assert.equal(missing.code, 127);
    });

    test("nothing of the image can be changed, by any name", async () => {
      const script =
        "for each in /usr/x /bin/bash /etc/x /lib/x /usr/local/bin/hello; do { echo x >>$each; } 2>/dev/null && echo changed $each; done; rm -f /usr/local/bin/hello 2>/dev/null; chmod 777 /usr 2>/dev/null; hello";
      const result = await run(pinned(), ["bash", "-c", script]);
      assert.equal(result.stdout, "hello from the image\n", describeResult(result));
      const reach = await run(
        pinned(),
        ["bash", "-c", `ls ${stage.path("state")} ${stage.path("image")}`],
        "--read",
        stage.path("image"),
      );
      assert.doesNotMatch(reach.stdout, /blobs|trees|seal/);
    });

    // Who asks makes no difference to what follows.
    if (identity !== ordinary) return;

    test("inspected hosts: the run's own authority stands where the image's programs look", async () => {
      const file = pinned();
      appendFileSync(file, "network: { allow: [{ host: a.test, inspect: true, methods: [GET] }] }\n");
      const result = await run(file, ["bash", "-c", "cat $SSL_CERT_FILE | head -c 27; cat /etc/resolv.conf | tail -2"]);
      assert.equal(result.code, 0, describeResult(result));
      assert.match(result.stdout, /^-----BEGIN CERTIFICATE-----[\s\S]*nameserver 127\.0\.0\.1/);
    });

    test("an image that isn't pinned, is another, or isn't there is refused", async () => {
      await refused(policy("image: { ref: localhost/tiny }"), /isn't pinned/);
      await refused(
        policy(`image: { ref: localhost/tiny, digest: "sha256:${"0".repeat(64)}" }`),
        /the policy pins sha256:000/,
      );
      await refused(policy(`image: { ref: localhost/none, digest: "${digest}" }`), /there is no image localhost\/none/);
      await refused(policy(""), /filesystem\.system: image needs an image/);
      const file = policy("image: { ref: localhost/tiny } # ours");
      const pin = await image(stage, "pin", "localhost/tiny", "--policy", file);
      assert.equal(pin.code, 0, describeResult(pin));
      assert.match(readFileSync(file, "utf8"), /# ours/);
      assert.equal((await run(file, ["hello"])).stdout, "hello from the image\n");
    });

    test("without a signature of the asked key it is refused; openssl agrees with the signature", async () => {
      const other = await image(stage, "sign", "localhost/tiny", "--key", "other.key", "--new-key");
      assert.equal(other.code, 0, describeResult(other));
      assert.equal((await image(stage, "verify", "localhost/tiny", "--key", "own.pub")).code, 0);
      const kept = readFileSync(stage.path("image/own.pub"));
      await stage.outside(
        ["sh", "-c", "openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -out own.pub"],
        {
          cwd: stage.path("image"),
        },
      );
      await refused(pinned(), /has no signature that verifies with/);
      assert.equal((await image(stage, "verify", "localhost/tiny", "--key", "own.pub")).code, 1);
      writeFileSync(stage.path("image/own.pub"), kept);

      const index = JSON.parse(readFileSync(stage.path("state/cordon/images/index.json"), "utf8"));
      const names: readonly string[] = index.manifests.map((one: { readonly annotations: object }) =>
        Object.values(one.annotations).join(),
      );
      assert.ok(names.includes(`localhost/tiny:${digest.replace(":", "-")}.sig`));
      const blob = (name: string) => stage.path("state/cordon/images/blobs", name.replace(":", "/"));
      const manifest = JSON.parse(
        readFileSync(
          blob(index.manifests.find((_: unknown, at: number) => names[at]?.endsWith(".sig")).digest),
          "utf8",
        ),
      );
      const [layer] = manifest.layers;
      const signature = stage.write(
        "image/sig",
        Buffer.from(layer.annotations["dev.cosignproject.cosign/signature"], "base64"),
      );
      const words = ["openssl", "dgst", "-sha256", "-verify", stage.path("image/own.pub"), "-signature", signature];
      assert.match((await stage.outside([...words, blob(layer.digest)])).stdout, /Verified OK/);

      chmodSync(stage.path("image/own.key"), 0o644);
      const open = await image(stage, "sign", "localhost/tiny", "--key", "own.key");
      assert.match(open.stderr, /others can read this key/);
    });

    test("a file of the unpacked image that was changed, added or taken away is found", async () => {
      const folder = stage.path("state/cordon/images/trees", digest.replace(":", "-"));
      const tree = join(folder, "root");
      const harms: readonly (readonly [string, RegExp])[] = [
        [`printf 'evil' >>${tree}/usr/local/bin/hello`, /hello was changed/],
        [`touch ${tree}/usr/bin/new`, /new wasn't there/],
        [`rm ${tree}/usr/bin/cat`, /cat is missing/],
        [`chmod 777 ${tree}/usr/bin/cat`, /cat has other permissions/],
        [`ln -sf /bin/true ${tree}/usr/local/bin/greet`, /greet was changed/],
        [
          `f=${tree}/usr/local/bin/hello; cp $f $f.x; sed -i s/hello/HELLO/ $f.x; touch -r $f $f.x; mv $f.x $f`,
          /hello was changed/,
        ],
      ];
      for (const [harm, message] of harms) {
        assert.equal((await run(pinned(), ["hello"])).stdout, "hello from the image\n");
        const done = await stage.outside(["bash", "-c", harm]);
        assert.equal(done.code, 0, describeResult(done));
        await refused(pinned(), message);
        rmSync(folder, { recursive: true });
      }
      await run(pinned(), ["hello"]);
      await stage.outside(["touch", `${tree}/usr/bin/cat`]);
      assert.equal((await run(pinned(), ["hello"])).code, 0, "the same content is the same image");
    });

    test("a layer or document that was changed is found", async () => {
      const blob = (name: string) => stage.path("state/cordon/images/blobs", name.replace(":", "/"));
      const manifest = JSON.parse(readFileSync(blob(digest), "utf8"));
      const layer = blob(manifest.layers[0].digest);
      const fd = openSync(layer, "r+");
      writeSync(fd, Buffer.from([0xff]), 0, 1, 5000);
      closeSync(fd);
      await refused(pinned(), /the image was changed: sha256:[0-9a-f]+ was changed/);
      rmSync(stage.path("state/cordon/images/trees"), { recursive: true });
      await refused(pinned(), /the image was changed: sha256:[0-9a-f]+ was changed/);
      assert.equal((await image(stage, "verify", "localhost/tiny", "--key", "own.pub")).code, 1);
      await builtDigest(stage, "--locked");
      assert.equal((await run(pinned(), ["hello"])).code, 0);
      appendFileSync(blob(manifest.config.digest), " ");
      await refused(pinned(), /the image was changed/);
      await builtDigest(stage);
    });

    test("a name that was built anew to something else is refused until it is pinned", async () => {
      const before = pinned();
      writeDefinition(stage, TINY.replace("yes-it-is", "another"));
      const next = await builtDigest(stage);
      assert.notEqual(next, digest);
      await refused(before, new RegExp(`is ${next}, the policy pins ${digest}`));
      // Packages that were fetched for the earlier one are in this one as well.
      const file = policy(`image: { ref: localhost/tiny, digest: "${next}" }`);
      const result = await run(file, ["bash", "-c", 'hello; echo "$FROM_IMAGE"; cat /dev/null && echo coreutils']);
      assert.equal(result.stdout, "hello from the image\nanother\ncoreutils\n", describeResult(result));
    });
  });
}
