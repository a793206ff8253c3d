// The attacks of the group secrets, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { secretsElsewhere } from "./secrets/elsewhere.js";
import { secretsPlaceholder } from "./secrets/placeholder.js";

export const SECRETS: readonly Attack[] = [secretsPlaceholder, secretsElsewhere];
