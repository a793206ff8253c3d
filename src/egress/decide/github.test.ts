import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf, ruleFor } from "../../../test/support/hosts.js";
import { GITHUB_HOSTS } from "../../policy/github.js";
import type { RequestFacts } from "../types.js";
import { makeJudge } from "./judge.js";

type Access = "read" | "push";

function codeOf(
  access: Access,
  host: string,
  [method, path, headers = {}]: readonly [string, string, RequestFacts["headers"]?],
) {
  const github = { repository: "Octo/Demo", access } as const;
  const rules = GITHUB_HOSTS.map((each) => ruleFor(each, { ports: [443], inspect: true, github }));
  const verdict = makeJudge(networkOf(rules)).request({ host, port: 443 }, { method, path, headers });
  if (!verdict.allowed) assert.match(verdict.reason, /^[\x20-\x7e]{20,600}$/);
  return verdict.allowed ? "allowed" : verdict.code;
}

const PACK = { "content-type": "application/x-git-upload-pack-request" };
const READS = [
  ["github.com", "GET", "/octo/demo/info/refs?service=git-upload-pack"],
  ["github.com", "GET", "/Octo/Demo.git/info/refs?service=git-upload-pack"],
  ["github.com", "POST", "/octo/demo.git/git-upload-pack"],
  ["github.com", "GET", "/octo/demo/archive/refs/heads/main.tar.gz"],
  ["github.com", "GET", "/octo/demo/releases/download/v1/a.zip"],
  ["api.github.com", "GET", "/repos/octo/demo"],
  ["api.github.com", "HEAD", "/repos/OCTO/demo/contents/a/b.md?ref=main"],
  ["api.github.com", "GET", "/repos/octo/demo/issues?state=all"],
  ["codeload.github.com", "GET", "/octo/demo/tar.gz/refs/heads/main"],
  ["raw.githubusercontent.com", "GET", "/octo/demo/main/README.md"],
] as const;

for (const [host, method, path] of READS) {
  test(`with access read, ${method} ${host}${path} is allowed`, () => {
    assert.equal(codeOf("read", host, [method, path]), "allowed");
    assert.equal(codeOf("push", host, [method, path]), "allowed");
  });
}

const PUSHES = [
  ["github.com", "GET", "/octo/demo/info/refs?service=git-receive-pack"],
  ["github.com", "POST", "/octo/demo.git/git-receive-pack"],
  ["api.github.com", "POST", "/repos/octo/demo/git/refs"],
  ["api.github.com", "PATCH", "/repos/octo/demo/git/refs/heads/main"],
  ["api.github.com", "PUT", "/repos/octo/demo/contents/a/b.md"],
  ["api.github.com", "POST", "/repos/octo/demo/pulls"],
  ["api.github.com", "PUT", "/repos/octo/demo/pulls/7/merge"],
  ["api.github.com", "POST", "/repos/octo/demo/issues/7/comments"],
  ["api.github.com", "DELETE", "/repos/octo/demo/issues/comments/9"],
] as const;

for (const [host, method, path] of PUSHES) {
  test(`${method} ${host}${path} needs access push`, () => {
    assert.equal(codeOf("read", host, [method, path]), "repository");
    assert.equal(codeOf("push", host, [method, path]), "allowed");
  });
}

const NEVER = [
  ["github.com", "GET", "/octo/other/info/refs?service=git-upload-pack"],
  ["github.com", "GET", "/evil/demo/info/refs?service=git-upload-pack"],
  ["github.com", "GET", "/octo/demo.git.git/info/refs?service=git-upload-pack"],
  ["github.com", "GET", "/octo/demo/info/refs"],
  ["github.com", "GET", "/octo/demo/info/refs?service=git-upload-pack&service=git-receive-pack"],
  ["github.com", "GET", "/octo/demo/info/refs?service=git-upload-archive"],
  ["github.com", "GET", "/octo/demo/info/refs?x=1&service=git-upload-pack"],
  ["github.com", "POST", "/octo/demo/info/refs?service=git-upload-pack"],
  ["github.com", "GET", "/octo/demo/git-upload-pack"],
  ["github.com", "POST", "/octo/demo/git-upload-pack?x"],
  ["github.com", "POST", "/octo/demo.git/info/lfs/objects/batch"],
  ["github.com", "GET", "/octo/demo"],
  ["github.com", "GET", "/octo/demo/settings"],
  ["github.com", "POST", "/octo/demo/archive/x"],
  ["github.com", "GET", "/login"],
  ["github.com", "POST", "/session"],
  ["github.com", "GET", "/"],
  ["github.com", "GET", "/octo"],
  ["api.github.com", "GET", "/user"],
  ["api.github.com", "GET", "/repos/octo/demo2"],
  ["api.github.com", "GET", "/repos/octo"],
  ["api.github.com", "GET", "/repositories/1234/issues"],
  ["api.github.com", "GET", "/octo/demo"],
  ["api.github.com", "POST", "/graphql"],
  ["api.github.com", "POST", "/gists"],
  ["api.github.com", "DELETE", "/repos/octo/demo"],
  ["api.github.com", "PATCH", "/repos/octo/demo"],
  ["api.github.com", "POST", "/repos/octo/demo/forks"],
  ["api.github.com", "POST", "/repos/octo/demo/hooks"],
  ["api.github.com", "POST", "/repos/octo/demo/keys"],
  ["api.github.com", "PUT", "/repos/octo/demo/collaborators/evil"],
  ["api.github.com", "PUT", "/repos/octo/demo/actions/secrets/X"],
  ["api.github.com", "POST", "/repos/octo/demo/actions/workflows/1/dispatches"],
  ["api.github.com", "POST", "/repos/octo/demo/transfer"],
  ["api.github.com", "PUT", "/repos/octo/demo/environments/x"],
  ["api.github.com", "POST", "/repos/octo/demo/pages"],
  ["api.github.com", "PATCH", "/repos/octo/demo/invitations/1"],
  ["api.github.com", "PUT", "/repos/octo/demo/branches/main/protection"],
  ["api.github.com", "POST", "/repos/octo/demo/releases"],
  ["api.github.com", "POST", "/repos/octo/demo/dispatches"],
  ["api.github.com", "POST", "/repos/octo/demo/deployments"],
  ["api.github.com", "OPTIONS", "/repos/octo/demo/pulls"],
  ["codeload.github.com", "GET", "/octo/other/tar.gz/main"],
  ["codeload.github.com", "POST", "/octo/demo/tar.gz/main"],
  ["raw.githubusercontent.com", "GET", "/evil/demo/main/x"],
] as const;

for (const [host, method, path] of NEVER) {
  test(`${method} ${host}${path} is refused with either access`, () => {
    assert.equal(codeOf("read", host, [method, path]), "repository");
    assert.equal(codeOf("push", host, [method, path]), "repository");
  });
}

for (const path of [
  "/octo/demo/../other/info/refs?service=git-upload-pack",
  "/octo/%64emo%2f..%2fother/info/refs?service=git-upload-pack",
  "//octo/demo/info/refs?service=git-upload-pack",
  "/octo%2fdemo/info/refs?service=git-upload-pack",
  "/octo/demo;x/info/refs?service=git-upload-pack",
]) {
  test(`${path} could be read in two ways, and is refused`, () => {
    assert.equal(codeOf("push", "github.com", ["GET", path]), "ambiguous");
  });
}

test("git's services take git's content type only, where one is given", () => {
  assert.equal(codeOf("read", "github.com", ["POST", "/octo/demo/git-upload-pack", PACK]), "allowed");
  const form = { "content-type": "application/x-www-form-urlencoded" };
  assert.equal(codeOf("read", "github.com", ["POST", "/octo/demo/git-upload-pack", form]), "repository");
});

test("a header that turns a request into another method is refused", () => {
  const headers = { "x-http-method-override": "DELETE" };
  assert.equal(codeOf("push", "api.github.com", ["POST", "/repos/octo/demo/issues", headers]), "method");
  const elsewhere = { "x-original-url": "/user/repos" };
  assert.equal(codeOf("push", "api.github.com", ["POST", "/repos/octo/demo/issues", elsewhere]), "path");
});

test("other hosts of GitHub are no part of a repository", () => {
  assert.equal(codeOf("push", "gist.github.com", ["GET", "/octo/demo"]), "no-rule");
  assert.equal(codeOf("push", "uploads.github.com", ["POST", "/repos/octo/demo/releases/1/assets"]), "no-rule");
});
