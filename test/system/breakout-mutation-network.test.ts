// What the promises rest on, shown by taking it away: see test/support/mutations/network.ts.
import { NETWORK_MUTATIONS } from "../support/mutations/network.js";
import { mutationTests } from "../support/mutations/tests.js";

mutationTests(NETWORK_MUTATIONS);
