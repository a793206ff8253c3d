// The row of `cordon image` in the command table.
import type { Command } from "./command.js";
import { JSON_OPTION } from "./options.js";

export const IMAGE_COMMAND: Command = {
  name: "image",
  summary: "agent images",
  usage: "build FILE | ls",
  options: {
    update: { type: "boolean", summary: "build: the versions of today, not those of the lock file" },
    locked: { type: "boolean", summary: "build: fail when the lock file or the image's digest would change" },
    ...JSON_OPTION,
  },
  positionals: "any",
  help: [
    "An image is built of a definition: packages of Debian and npm, files, a user. Nothing of it is run, no right is needed. Two builds from one",
    "lock file give one digest; the lock and a bill of materials (SPDX) are written beside the definition.",
    "",
    "  cordon image build agent.yaml",
    "  cordon image ls",
  ].join("\n"),
  load: () => import("./commands/image.js"),
};
