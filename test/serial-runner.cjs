const { default: TestRunner } = require("jest-runner");

/** Jest runs the files of a serial runner one by one, and never beside those of another runner. */
module.exports = class SerialRunner extends TestRunner {
  isSerial = true;
};
