const { execFileSync } = require("node:child_process");
const { mkdirSync, readdirSync, symlinkSync } = require("node:fs");
const { join } = require("node:path");
const runFolder = require("./run-folder.cjs");

const REPOSITORY = join(__dirname, "..");

/**
 * Packs both packages, and installs nestbox as its users get it: in a folder that also has all packages of
 * this repository. Projects of tests link that folder.
 */
module.exports = () => {
  const tarballs = join(runFolder(), "tarballs");
  const modules = join(runFolder(), "published", "node_modules");
  for (const folder of [tarballs, join(modules, "nestbox")]) mkdirSync(folder, { recursive: true });
  execFileSync(process.execPath, [join(REPOSITORY, "packaging/pack.ts"), tarballs]);
  const tarball = readdirSync(tarballs).find((file) => /^nestbox-\d/.test(file));
  const words = ["--extract", "--strip-components=1", `--file=${join(tarballs, tarball)}`];
  execFileSync("tar", [...words, `--directory=${join(modules, "nestbox")}`]);
  const installed = join(REPOSITORY, "node_modules");
  for (const name of readdirSync(installed)) symlinkSync(join(installed, name), join(modules, name));
};
