// An unmodified git and a private repository: the token is the broker's, git has what stands for it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, test } from "node:test";
import { type Certificates, makeCertificates } from "../support/egress/certificates.js";
import { gitServer } from "../support/egress/git-server.js";
import { openOrigin, type Site } from "../support/egress/origin.js";
import { fileCleanup, makeSharedFolder } from "../support/egress/world.js";
import { describeResult } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { findInFiles } from "../support/secret-memory.js";
import { makeStage, type Stage } from "../support/stage.js";

const TOKEN = `ghp_${randomBytes(18).toString("hex")}`;
const cleanup = fileCleanup();
const open = {} as { certificates: Certificates; port: number; git: ReturnType<typeof gitServer> };

before(async () => {
  const folder = makeSharedFolder(cleanup);
  open.certificates = makeCertificates(folder, ["git.test"]);
  open.git = gitServer(folder);
  const sites = { private: guarded(open.git.site) };
  open.port = (await openOrigin(cleanup, { certificates: open.certificates, sites })).tlsPort;
});

/** As hosts of private repositories do it. */
function guarded(site: Site): Site {
  return async (exchange) => {
    const [, encoded = ""] = /^Basic (.*)$/.exec(exchange.headers["authorization"] ?? "") ?? [];
    if (Buffer.from(encoded, "base64").toString().split(":")[1] === TOKEN) return site(exchange);
    exchange.answer(401, { "www-authenticate": 'Basic realm="private"' }, "who are you?\n");
  };
}

function policy(stage: Stage): void {
  const allow = [{ host: "git.test", ports: [443], connect: `127.0.0.1:${open.port}` }];
  const network = { allow, upstreamCa: [open.certificates.authority] };
  const secrets = { git: { from: "env:GH_TOKEN", env: "GH_TOKEN", hosts: ["git.test"] } };
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network, secrets }));
}

const URL_WITH_TOKEN = "https://x-access-token:$GH_TOKEN@git.test/private/project.git";
const HELPER = `credential.helper=!f() { echo username=x-access-token; echo "password=$GH_TOKEN"; }; f`;
const COMMIT = "git -c user.name=T -c user.email=t@localhost commit -q --allow-empty -m two";

for (const identity of identities) {
  test(`clone and push, as ${identity.name}`, async (t) => {
    const stage = makeStage(t, identity);
    policy(stage);
    const branch = `from-${identity.name}`;
    const script = [
      "set -e",
      `git -c '${HELPER}' clone -q https://git.test/private/project.git one`,
      `git clone -q "${URL_WITH_TOKEN}" two`,
      `cd two; ${COMMIT}; git push -q origin HEAD:${branch}`,
      "cat Cargo.toml; cat .git/config",
    ].join("\n");
    const without = await stage.inside(
      ["bash", "-c", "GIT_TERMINAL_PROMPT=0 git clone -q https://git.test/private/project.git none"],
      { env: { GH_TOKEN: TOKEN } },
    );
    assert.notEqual(without.code, 0, describeResult(without));
    const result = await stage.inside(["bash", "-c", script], { env: { GH_TOKEN: TOKEN } });
    assert.equal(result.code, 0, describeResult(result));
    assert.match(result.stdout, /name = "cloned"[\s\S]*x-access-token:ghp_\w{36}@git\.test/);
    assert.ok(open.git.branches().includes(branch), open.git.branches().join(" "));
    assert.deepEqual(findInFiles(stage.workspace, TOKEN), []);
  });
}
