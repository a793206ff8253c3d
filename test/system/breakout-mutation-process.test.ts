// What the promises rest on, shown by taking it away: see test/support/mutations/process.ts.
import { PROCESS_MUTATIONS } from "../support/mutations/process.js";
import { mutationTests } from "../support/mutations/tests.js";

mutationTests(PROCESS_MUTATIONS);
