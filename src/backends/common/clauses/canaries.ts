// Who opens a decoy is told. Pure.
import type { Fragment, Plan } from "../../../plan/types.js";

/** Each decoy is watched by a process of ours beside the sandbox. */
export function canaries(plan: Plan): Fragment {
  const decoys = plan.mounts.filter((mount) => mount.kind === "run-file" && mount.content.startsWith("decoy:"));
  const mechanism =
    decoys.length === 0
      ? "none is there: what the policy grants covers the places where decoys would lie"
      : `${decoys.length} decoys in the home: a write lease makes who opens one wait until it is told, inotify tells of the rest without a name`;
  return {
    ops: decoys.map(({ target }) => ({ op: "canary", fields: [target] })),
    enforces: [{ control: "files.canaries", mechanism }],
  };
}
