const { spawnSync } = require("node:child_process");
const { join } = require("node:path");

const REPOSITORY = join(__dirname, "..");

/** Runs `nestbox …` in this repository and returns its output. Its progress goes to this stderr. */
exports.nestbox = (...words) => {
  const command = [join(REPOSITORY, "src/cli/main.mjs"), ...words];
  const options = { cwd: REPOSITORY, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] };
  const { status, stdout } = spawnSync(process.execPath, command, options);
  if (status !== 0) throw new Error(`nestbox ${words.join(" ")} ended with ${status}: ${stdout}`);
  return stdout;
};
