// The row of `cordon image` in the command table.
import type { Command } from "./command.js";
import { JSON_OPTION } from "./options.js";

export const IMAGE_COMMAND: Command = {
  name: "image",
  summary: "agent images",
  usage: "build FILE | sign REF | verify REF | pin REF | ls",
  options: {
    update: { type: "boolean", summary: "build: the versions of today, not those of the lock file" },
    locked: { type: "boolean", summary: "build: fail when the lock file or the image's digest would change" },
    key: {
      type: "string",
      value: "FILE",
      completes: "file",
      summary: "sign: the private key; verify: the public one (PEM; ECDSA P-256 or Ed25519)",
    },
    "new-key": { type: "boolean", summary: "sign: make the key file and its public one (.pub) first" },
    gpg: {
      type: "string",
      value: "KEY",
      summary: "sign: write a copy signed with this GPG key, as podman's policy.json checks it",
    },
    output: { type: "string", short: "o", value: "DIR", completes: "directory", summary: "sign --gpg: the new folder" },
    policy: {
      type: "string",
      short: "p",
      value: "FILE",
      completes: "file",
      summary: "pin: the policy to write into (default: ./cordon.yaml)",
    },
    ...JSON_OPTION,
  },
  positionals: "any",
  help: [
    "An image is built of a definition: packages of Debian and npm, files, a user. Nothing of it is run, no right is needed. Two builds from one",
    "lock file give one digest; the lock and a bill of materials (SPDX) are written beside the definition.",
    "",
    "  cordon image build agent.yaml",
    "  cordon image sign localhost/agent --key agent.key --new-key",
    "  cordon image verify localhost/agent --key agent.pub",
    "  cordon image pin localhost/agent --policy cordon.yaml",
  ].join("\n"),
  load: () => import("./commands/image.js"),
};
