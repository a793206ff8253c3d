// The terminal: the command never holds the user's own one. Pure.
import type { Fragment } from "../../../plan/types.js";

export function terminal(): Fragment {
  return {
    // Without a terminal on descriptors 0 to 2 the op does nothing.
    ops: [{ op: "tty", fields: [] }],
    enforces: [
      {
        control: "terminal.no-injection",
        mechanism: "a pseudo-terminal and a session of its own; seccomp refuses TIOCSTI and TIOCLINUX",
      },
    ],
  };
}
