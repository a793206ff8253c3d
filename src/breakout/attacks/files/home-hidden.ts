// Reads the keys, tokens and documents of the caller's home folder by their names.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesHomeHidden: Attack = {
  id: "files/home-hidden",
  control: "files.home-hidden",
  severity: "critical",
  threats: ["H5", "H39"],
  sentence: "Reads the keys, tokens and documents of the caller's home folder by their names.",
  inside:
    'for name in .ssh/id_ed25519 .aws/credentials .netrc .config/gh/hosts.yml .npmrc .docker/config.json .kube/config .git-credentials .bash_history .gnupg/private-keys-v1.d/key.key .local/share/keyrings/login.keyring .mozilla/firefox/profile/logins.json .claude/.credentials.json Documents/letter.txt; do cat "$HOST_HOME/$name"; done',
  judge: shows(
    "ssh",
    "aws",
    "netrc",
    "github",
    "npm",
    "docker",
    "kube",
    "git-credentials",
    "history",
    "gnupg",
    "keyring",
    "browser",
    "claude",
    "documents",
  ),
  baseline: PLAIN,
};
