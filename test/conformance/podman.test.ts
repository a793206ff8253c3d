// The backend `podman` conforms, for an ordinary user.
import { ordinary } from "../support/identity.js";
import { conform, refusesRoot } from "./suite.js";

refusesRoot("podman");
conform("podman", [ordinary]);
