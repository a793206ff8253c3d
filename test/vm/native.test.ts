// The backend `native` conforms on a second kernel too, with systemd and control groups of version 2, for an ordinary user and for root.
import { conformTogether } from "../conformance/suite.js";
import { identities } from "../support/identity.js";

for (const identity of identities) conformTogether("native", identity);
