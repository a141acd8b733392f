/** Closes a test run with one line that programs can read: `12 passed, 0 failed, 1 skipped`. */
module.exports = class ClosingLine {
  onRunComplete(
    _,
    { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites },
  ) {
    const skipped = numPendingTests + numTodoTests;
    // A file that could not be loaded ran none of its tests: it counts as one that failed.
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const line = `${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`;
    // Jest appends its own summary to all reporters' words.
    process.once("exit", () => process.stdout.write(line));
  }
};
