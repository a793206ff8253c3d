// The whole of cordon.yaml as it is written. Every key of the contract is here, also those that a backend can't enforce yet:
// they are validated now and refused at planning, never ignored. Pure.
import * as z from "zod";
import { readName, readPathText } from "../atoms.js";
import { alerts } from "./alerts.js";
import { choice, texts, written } from "./kit.js";
import { network } from "./network.js";
import { approvals, audit, devices, filesystem, gui, image, limits, process, secrets, workspace } from "./sections.js";

export const policySchema = z.strictObject(
  {
    version: z
      .literal(1, { error: "must be 1" })
      .meta({ description: "The version of this format; required in each file.", examples: [1] })
      .optional(),
    name: written(readName, {
      description: "The policy's name; a persistent home is kept under it.",
      example: "my-agent",
    }),
    extends: texts(readPathText, {
      description:
        "Built-in profiles, or files (recognised by a slash or by ending in .yaml, .yml or .json), that this one builds on.",
      example: ["claude-code", "./team.yaml"],
    }),
    backend: choice(["auto", "native", "bubblewrap", "firejail", "unshare", "podman", "systemd", "gvisor", "microvm"], {
      description: "What builds the sandbox. auto takes the strongest that works here.",
      example: "auto",
    }),
    workspace,
    filesystem,
    network,
    secrets,
    process,
    limits,
    gui,
    devices,
    image,
    approvals,
    audit,
    alerts,
  },
  {
    error: (issue) =>
      issue.code === "invalid_type" ? "must be a mapping of keys, beginning with version: 1" : undefined,
  },
);

/** A policy as it is written, validated. */
export type Written = z.infer<typeof policySchema>;
