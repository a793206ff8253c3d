import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planOf } from "../testing/plans.js";

const HOME = "/home/ada";

function settingsFor(paths: readonly string[], policy = {}): string | undefined {
  const { plan } = planOf({ host: { paths }, policy });
  return plan.mounts.flatMap((mount) =>
    mount.kind === "file" && mount.target === "/etc/gitconfig" ? [mount.content] : [],
  )[0];
}

describe("the name that the user commits by", () => {
  const own = `${HOME}/.gitconfig = [user]|name = Ada "A" L|email = ada@example.com|[credential]|helper = store|[core]|sshCommand = evil`;

  test("is there inside, and nothing else of the user's settings", () => {
    assert.equal(settingsFor([own]), '[user]\n\tname = "Ada A L"\n\temail = "ada@example.com"\n');
  });

  test("is quoted, so that it can't become another setting", () => {
    const paths = [`${HOME}/.gitconfig = [user]|name = "a\\"; # [core] \\\\ b"`];
    assert.equal(settingsFor(paths), '[user]\n\tname = "a\\"; # [core] \\\\ b"\n');
  });

  test("comes after the system's own settings, which stay", () => {
    assert.equal(
      settingsFor([own, "/etc/gitconfig = [init]|defaultBranch = main"])?.startsWith(
        "[init]\ndefaultBranch = main\n[user]",
      ),
      true,
    );
  });

  test("may stand in ~/.config/git/config, and ~/.gitconfig goes before", () => {
    const paths = [`${HOME}/.config/git/config = [user]|name = Other|email = other@example.com`, own];
    assert.match(settingsFor(paths) ?? "", /Ada A L[\s\S]*ada@example/);
    const alone = [`${HOME}/.gitconfig = `, `${HOME}/.config/git/config = [user]|email = other@example.com`];
    assert.equal(settingsFor(alone), '[user]\n\temail = "other@example.com"\n');
  });

  test("isn't needed where nothing can be committed, and nothing stands there when the user has none", () => {
    assert.equal(settingsFor([own], { workspace: { mode: "read" } }), undefined);
    assert.equal(settingsFor([`${HOME}/.gitconfig = [core]|bare = false`]), undefined);
  });
});
