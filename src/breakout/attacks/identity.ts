// The attacks of the group identity, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { identitySetGroup } from "./identity/set-group.js";
import { identitySetUser } from "./identity/set-user.js";
import { identityUnprivileged } from "./identity/unprivileged.js";

export const IDENTITY: readonly Attack[] = [identityUnprivileged, identitySetUser, identitySetGroup];
