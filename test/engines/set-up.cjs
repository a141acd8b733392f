const { chmodSync } = require("node:fs");
const { buildMachineImage } = require("../../bench/engines/machine.ts");
const publish = require("../publish.cjs");
const runFolder = require("../run-folder.cjs");

/** Packs the package, and builds the image of machines. */
module.exports = async () => {
  publish();
  // The users of some machines have other ids.
  chmodSync(runFolder(), 0o755);
  await buildMachineImage();
};
