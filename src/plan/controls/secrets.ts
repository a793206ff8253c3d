// The promises about keys that the command may use.
import type { Settings } from "../../policy/types.js";
import type { Control } from "../controls.js";

function hasSecrets({ secrets, network }: Settings): boolean {
  const shut = network.mode === "none" || (network.mode === "allowlist" && network.allow.length === 0);
  return !shut && Object.values(secrets).some(({ ssh }) => ssh === undefined);
}

export const SECRET_CONTROLS: readonly Control[] = [
  {
    id: "secrets.placeholders",
    title: "Keys stay outside",
    sentence:
      "The keys that the policy names are used for the command, which never holds them: it holds stand-ins that are worth nothing elsewhere.",
    threats: ["H11", "H33"],
    attack: "secrets/placeholder",
    asked: hasSecrets,
  },
  {
    id: "secrets.bound-hosts",
    title: "Keys go to their hosts only",
    sentence: "A key is sent to the hosts that the policy names for it, over TLS, and to nobody else.",
    threats: ["H23", "H33"],
    attack: "secrets/elsewhere",
    asked: hasSecrets,
  },
];
