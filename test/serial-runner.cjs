const { default: TestRunner } = require("jest-runner");

/**
 * Runs the serial files one by one, and beside them those that need no engine. Jest never runs the files of a
 * runner beside those of another one.
 */
module.exports = class SerialRunner extends TestRunner {
  async runTests(tests, watcher, options) {
    if (options.serial) return super.runTests(tests, watcher, options);
    const { serial = [], others = [] } = Object.groupBy(tests, ({ context }) =>
      context.config.displayName.name === "serial" ? "serial" : "others",
    );
    await Promise.all([
      super.runTests(serial, watcher, { ...options, serial: true }),
      super.runTests(others, watcher, options),
    ]);
  }
};
