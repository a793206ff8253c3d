// Where decoys lie: credentials made for one run that open nothing, under names that only a search finds. No ordinary tool opens one by
// itself (docs/adr/0014), so whoever does is looking for what isn't theirs.
import { isInside, joinPath, parentOf } from "../paths.js";
import type { DecoyName, Mount } from "../types.js";
import type { Home } from "./mounts.js";

export const DECOYS: Readonly<Record<DecoyName, string>> = {
  // ssh tries the default names (id_ed25519, id_rsa, …) and what its config names; never this one.
  "ssh-key": ".ssh/id_ed25519_backup",
  // The AWS tools and libraries read credentials and config.
  aws: ".aws/credentials.bak",
  // curl and git read .netrc.
  netrc: ".netrc.old",
  // gh reads hosts.yml and config.yml.
  github: ".config/gh/hosts.yml.bak",
  // Firefox goes by profiles.ini, which isn't there.
  browser: ".mozilla/firefox/q3vt8x1k.default-release/logins.json",
  // Ethereum's programs list this folder only when an account is asked for.
  wallet: ".ethereum/keystore/main-wallet.json",
};

/** Decoys of a private home that nothing granted covers or holds: in a folder of the host nothing is ever made. */
export function canaryMounts(home: Home, others: readonly Mount[]): readonly Mount[] {
  const root = home.mount.target;
  if (home.plan.mode === "persistent") return [];
  const taken = others.filter(({ kind, target }) => kind !== "directory" && target !== root && isInside(target, root));
  const names = (Object.keys(DECOYS) as DecoyName[]).filter((name) => {
    const path = joinPath(root, DECOYS[name]);
    return !taken.some(({ target }) => isInside(path, target) || isInside(target, path));
  });
  const covered = others.some((mount) => mount.kind === "bind" && isInside(root, mount.target));
  return covered ? [] : names.flatMap((name) => placed(root, name));
}

function placed(root: string, name: DecoyName): readonly Mount[] {
  const target = joinPath(root, DECOYS[name]);
  const folders: string[] = [];
  for (let folder = parentOf(target); folder !== root; folder = parentOf(folder)) folders.unshift(folder);
  return [
    ...folders.map((folder): Mount => ({ kind: "directory", target: folder, mode: 0o700 })),
    { kind: "run-file", target, mode: 0o600, content: `decoy:${name}` },
  ];
}
