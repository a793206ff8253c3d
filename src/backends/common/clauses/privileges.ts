// Rights that cordon-init takes away from itself and so from everything after it, whoever made the wall. Pure.
import type { Fragment } from "../../../plan/types.js";

export function privileges(): Fragment {
  return {
    enforces: [
      {
        control: "process.no-capabilities",
        mechanism: "all capability sets and the bounding set are empty, securebits locked",
      },
      { control: "process.no-new-privileges", mechanism: "no_new_privs, and every mount is nosuid" },
      { control: "process.no-inherited-descriptors", mechanism: "close_range: only descriptors 0 to 2 are left" },
    ],
  };
}
