// The backend `unshare` conforms, for an ordinary user.
import { ordinary } from "../support/identity.js";
import { conform, refusesRoot } from "./suite.js";

refusesRoot("unshare");
conform("unshare", [ordinary]);
