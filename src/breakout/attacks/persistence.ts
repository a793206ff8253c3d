// The attacks of the group persistence, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { persistenceAgentSettings } from "./persistence/agent-settings.js";
import { persistenceAutostart } from "./persistence/autostart.js";
import { persistenceGitSettings } from "./persistence/git-settings.js";
import { persistenceLoginProfile } from "./persistence/login-profile.js";
import { persistenceProgramOnPath } from "./persistence/program-on-path.js";
import { persistenceShellStart } from "./persistence/shell-start.js";
import { persistenceSshAuthorized } from "./persistence/ssh-authorized.js";
import { persistenceSystemdUnit } from "./persistence/systemd-unit.js";

export const PERSISTENCE: readonly Attack[] = [
  persistenceShellStart,
  persistenceLoginProfile,
  persistenceAutostart,
  persistenceSystemdUnit,
  persistenceSshAuthorized,
  persistenceGitSettings,
  persistenceAgentSettings,
  persistenceProgramOnPath,
];
