// The backend `native` conforms, for an ordinary user and for root.
import { identities } from "../support/identity.js";
import { conform } from "./suite.js";

conform("native", identities);
