// The backend `bubblewrap` conforms, for an ordinary user.
import { ordinary } from "../support/identity.js";
import { conform, refusesRoot } from "./suite.js";

refusesRoot("bubblewrap");
conform("bubblewrap", [ordinary]);
