import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { links, planOf, problemOf, WORKSPACE } from "../testing/plans.js";
import { insidePathsOf } from "../tree.js";

describe("the command", () => {
  const nvm = "/home/ada/.nvm/versions/node/v20";
  const installed = [
    `${nvm}/bin/claude -> ../lib/node_modules/claude/cli.js`,
    `${nvm}/lib/node_modules/claude/cli.js = #!/usr/bin/env node|`,
    `${nvm}/bin/node`,
    "/home/ada/.nvm/secret",
  ];

  test("from nvm brings its bin and lib folders and nothing beside them", () => {
    const { plan } = planOf({
      host: { paths: installed, env: { PATH: `${nvm}/bin:/usr/bin` } },
      request: { command: ["claude"] },
    });
    assert.deepEqual(insidePathsOf(plan.mounts, `${nvm}/bin/node`), [`${nvm}/bin/node`]);
    assert.deepEqual(insidePathsOf(plan.mounts, `${nvm}/lib/node_modules/claude/cli.js`), [
      `${nvm}/lib/node_modules/claude/cli.js`,
    ]);
    assert.deepEqual(insidePathsOf(plan.mounts, "/home/ada/.nvm/secret"), []);
    assert.match(plan.command.env["PATH"] ?? "", new RegExp(`^${nvm}/bin:/usr/bin:`));
    assert.equal(plan.name, "claude");
  });

  test("in ~/.local/bin brings its file, with the environment that it links to", () => {
    const venv = "/home/ada/.local/share/pipx/venvs/aider";
    const paths = [
      `/home/ada/.local/bin/aider -> ${venv}/bin/aider`,
      "/home/ada/.local/bin/private-script",
      `${venv}/bin/aider = #!${venv}/bin/python|`,
      `${venv}/bin/python -> /usr/bin/python3`,
      "/usr/bin/python3",
      `${venv}/pyvenv.cfg`,
      `${venv}/lib/site.py`,
    ];
    const { plan } = planOf({
      host: { paths, env: { PATH: "/home/ada/.local/bin:/usr/bin" } },
      request: { command: ["aider"] },
    });
    assert.deepEqual(insidePathsOf(plan.mounts, "/home/ada/.local/bin/private-script"), []);
    assert.deepEqual(insidePathsOf(plan.mounts, `${venv}/lib/site.py`), [`${venv}/lib/site.py`]);
    assert.ok(links(plan).includes(`/home/ada/.local/bin/aider -> ${venv}/bin/aider`));
    assert.match(plan.command.env["PATH"] ?? "", /^\/home\/ada\/\.local\/bin:/);
  });

  test("directly in the home is refused", () => {
    assert.match(
      problemOf({ host: { paths: ["/home/ada/tool"] }, request: { command: ["/home/ada/tool"] } }),
      /directly in the home/,
    );
  });

  test("beside the working folder brings its interpreter only", () => {
    const paths = [...installed, `${WORKSPACE}/tool = #!/usr/bin/env node|`];
    const { plan } = planOf({
      host: { paths, env: { PATH: `${nvm}/bin:/usr/bin` } },
      request: { command: ["./tool"] },
    });
    assert.deepEqual(insidePathsOf(plan.mounts, `${nvm}/bin/node`), [`${nvm}/bin/node`]);
  });

  test("that isn't there is no problem of planning", () => {
    planOf({ request: { command: ["nonesuch"] } });
    planOf({ request: { command: ["./run.sh"] } });
    planOf({ request: { command: [] } });
  });
});
