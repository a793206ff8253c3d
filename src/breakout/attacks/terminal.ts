// The attacks of the group terminal, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { terminalConsole } from "./terminal/console.js";
import { terminalDiscipline } from "./terminal/discipline.js";
import { terminalHighBits } from "./terminal/high-bits.js";
import { terminalNoInjection } from "./terminal/no-injection.js";
import { terminalOwnTerminal } from "./terminal/own-terminal.js";
import { terminalPaste } from "./terminal/paste.js";

export const TERMINAL: readonly Attack[] = [
  terminalNoInjection,
  terminalHighBits,
  terminalOwnTerminal,
  terminalPaste,
  terminalDiscipline,
  terminalConsole,
];
