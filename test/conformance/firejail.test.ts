// The backend `firejail` conforms, for an ordinary user.
import { ordinary } from "../support/identity.js";
import { conform, refusesRoot } from "./suite.js";

refusesRoot("firejail");
conform("firejail", [ordinary]);
