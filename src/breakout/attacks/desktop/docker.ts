// Asks the Docker service for a container, which is as good as being the administrator.
import { PLAIN } from "../../baselines.js";
import { either, reaches, shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const desktopDocker: Attack = {
  id: "desktop/docker",
  control: "ipc.socket-files",
  severity: "critical",
  threats: ["H14", "H16"],
  sentence: "Asks the Docker service for a container, which is as good as being the administrator.",
  inside: '"$PROBER" send unix "$DOCKER" "$NONCE"; "$PROBER" send unix "/proc/self/root$DOCKER" "$NONCE"',
  judge: either(reaches("docker"), shows("docker")),
  baseline: PLAIN,
};
