// The attacks of the group desktop, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { desktopDisplay } from "./desktop/display.js";
import { desktopDocker } from "./desktop/docker.js";
import { desktopSessionBus } from "./desktop/session-bus.js";
import { desktopSshAgent } from "./desktop/ssh-agent.js";

export const DESKTOP: readonly Attack[] = [desktopDocker, desktopSessionBus, desktopDisplay, desktopSshAgent];
