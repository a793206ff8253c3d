// How the fuzzers in Node are run: `node X.js SECONDS SEED`. fast-check prints the failing value and how to get it again.
import fc from "fast-check";

export async function fuzz<T>(property: fc.IAsyncProperty<T>): Promise<void> {
  const [seconds = "20", seed = "0"] = process.argv.slice(2);
  const details = await fc.check(property, {
    seed: Number(seed),
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: Number(seconds) * 1000,
    endOnFailure: true,
    // Millions of runs: nothing of them is kept.
    skipEqualValues: false,
  });
  if (details.failed && details.counterexample !== null) {
    console.error(fc.defaultReportMessage(details));
    process.exitCode = 1;
  } else {
    console.log(`${details.numRuns} runs`);
  }
}
