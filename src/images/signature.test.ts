import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { test } from "node:test";
import { payloadOf, publicKeyOf, repositoryOf, signatureBy, signatureRef, verifies } from "./signature.js";

const IMAGE = { ref: "localhost:5000/agent:1", digest: `sha256:${"a".repeat(64)}` };

const pairs = {
  "ECDSA P-256": generateKeyPairSync("ec", { namedCurve: "P-256" }),
  Ed25519: generateKeyPairSync("ed25519"),
};

for (const [name, { privateKey, publicKey }] of Object.entries(pairs)) {
  test(`${name}: a signature verifies for its image, name and key only`, () => {
    const made = signatureBy(privateKey, IMAGE);
    assert.equal(verifies(made, IMAGE, publicKey), true);
    assert.equal(verifies(made, { ...IMAGE, ref: "localhost:5000/agent:2" }, publicKey), true, "a tag isn't signed");
    assert.equal(verifies(made, { ...IMAGE, ref: "localhost:5000/other:1" }, publicKey), false);
    assert.equal(verifies(made, { ...IMAGE, digest: `sha256:${"b".repeat(64)}` }, publicKey), false);
    assert.equal(verifies({ ...made, payload: `${made.payload} ` }, IMAGE, publicKey), false);
    assert.equal(verifies({ ...made, signature: Buffer.alloc(64) }, IMAGE, publicKey), false);
    for (const other of Object.values(pairs))
      if (other.publicKey !== publicKey) assert.equal(verifies(made, IMAGE, other.publicKey), false);
  });
}

test("the payload and the name of the signature are those that cosign knows", () => {
  assert.equal(
    payloadOf(IMAGE),
    `{"critical":{"identity":{"docker-reference":"localhost:5000/agent"},"image":{"docker-manifest-digest":"${IMAGE.digest}"},"type":"cosign container image signature"},"optional":null}`,
  );
  assert.equal(signatureRef(IMAGE), `localhost:5000/agent:sha256-${"a".repeat(64)}.sig`);
  assert.equal(repositoryOf("localhost:5000/agent"), "localhost:5000/agent");
  const { privateKey, publicKey } = pairs["ECDSA P-256"];
  const made = signatureBy(privateKey, IMAGE);
  assert.equal(verify("sha256", Buffer.from(made.payload), publicKey, made.signature), true);
});

test("keys of other kinds aren't used", () => {
  for (const { publicKey } of [
    generateKeyPairSync("rsa", { modulusLength: 1024 }),
    generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
  ])
    assert.throws(() => publicKeyOf(publicKey.export({ type: "spki", format: "pem" }).toString()), {
      code: "image-untrusted",
    });
});
