import assert from "node:assert/strict";
import { test } from "node:test";
import { readDefinition } from "./definition.js";
import { DEFAULT_EPOCH, type Lock } from "./lock.js";
import { sbomText } from "./sbom.js";

test("the bill of materials names each package, file and digest, and is the same for the same lock", () => {
  const text = `version: 1\nname: localhost/agent\nfiles: [{ path: /opt/a+b, from: a, sha256: ${"b".repeat(64)} }]\n`;
  const read = readDefinition(Buffer.from(text), "agent.yaml");
  assert.ok(read.ok);
  const lock: Lock = {
    version: 1,
    definition: "sha256:x",
    architecture: "amd64",
    epoch: DEFAULT_EPOCH,
    debian: [
      {
        name: "libstdc++6",
        version: "1:12.2-14",
        architecture: "amd64",
        sha256: "a".repeat(64),
        file: "x_1_amd64.deb",
      },
    ],
    npm: {
      "": { dependencies: {} },
      "node_modules/@s/n": {
        version: "1.0.0",
        integrity: `sha512-${Buffer.alloc(64).toString("base64")}`,
        license: "MIT",
      },
      "node_modules/odd": { version: "2.0.0", integrity: "sha1-AAAA", license: "SEE LICENSE IN x" },
    },
  };
  const digest = `sha256:${"c".repeat(64)}`;
  const request = { definition: read.definition, lock, digest };
  assert.equal(sbomText(request), sbomText(request));
  const document = JSON.parse(sbomText(request));
  assert.equal(document.spdxVersion, "SPDX-2.3");
  assert.equal(document.creationInfo.created, "1980-01-01T00:00:00Z");
  assert.deepEqual(
    document.packages.map((one: { SPDXID: string; licenseDeclared: string }) => [one.SPDXID, one.licenseDeclared]),
    [
      ["SPDXRef-Image", "NOASSERTION"],
      ["SPDXRef-deb-libstdc.2b..2b.6-amd64", "NOASSERTION"],
      ["SPDXRef-npm-node.5f.modules.2f..40.s.2f.n", "MIT"],
      ["SPDXRef-npm-node.5f.modules.2f.odd", "NOASSERTION"],
      ["SPDXRef-file-.2f.opt.2f.a.2b.b", "NOASSERTION"],
    ],
  );
  assert.equal(
    document.packages[1].externalRefs[0].referenceLocator,
    "pkg:deb/debian/libstdc%2B%2B6@1%3A12.2-14?arch=amd64",
  );
  assert.equal(document.packages[2].externalRefs[0].referenceLocator, "pkg:npm/%40s/n@1.0.0");
  assert.equal(document.relationships.length, document.packages.length);
});
