// What the promises rest on, shown by taking it away: see test/support/mutations/files.ts.
import { FILE_MUTATIONS } from "../support/mutations/files.js";
import { mutationTests } from "../support/mutations/tests.js";

mutationTests(FILE_MUTATIONS);
