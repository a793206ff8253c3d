// Reads the home folder by ~, $HOME and the user's entry in the password file.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesHomeByOwnName: Attack = {
  id: "files/home-by-own-name",
  control: "files.home-hidden",
  severity: "high",
  threats: ["H39"],
  sentence: "Reads the home folder by ~, $HOME and the user's entry in the password file.",
  inside:
    'for home in ~ "$HOME" "$(getent passwd "$(id -u)" | cut -d: -f6)" "$HOST_HOME"; do cat "$home/.aws/credentials" "$home/.config/gh/hosts.yml"; done',
  judge: shows("aws", "github"),
  baseline: PLAIN,
};
