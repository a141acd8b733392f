const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

let folder;

/** The folder in which the files of a run share what is slow to make. Workers inherit its path. */
module.exports = () => {
  if (folder !== undefined) return folder;
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-run-"));
  process.env.NESTBOX_TEST_RUN = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
