// What the promises rest on, shown by taking it away: see test/support/mutations/limits.ts.
import { LIMIT_MUTATIONS } from "../support/mutations/limits.js";
import { mutationTests } from "../support/mutations/tests.js";

mutationTests(LIMIT_MUTATIONS);
