/** Ends a test run with one machine-readable line: `12 passed, 0 failed, 1 skipped`. */
module.exports = class ClosingLine {
  onRunComplete(
    _,
    { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites },
  ) {
    const skipped = numPendingTests + numTodoTests;
    // A file that fails to load runs none of its tests, so it counts as one failure.
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    const line = `${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`;
    // At exit, since Jest prints its own summary after all reporters.
    process.once("exit", () => process.stdout.write(line));
  }
};
