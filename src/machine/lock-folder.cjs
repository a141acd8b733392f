// CommonJS as lock.cjs, which needs it.
const { lstatSync, mkdirSync } = require("node:fs");
const { tmpdir, userInfo } = require("node:os");
const { join } = require("node:path");

/**
 * The folders that may hold this user's locks, the preferred one first: in the home folder, where nobody else
 * can create it, else below the folder for temporary files. They do not depend on the environment, which
 * differs between the processes of a user.
 */
function lockFolders() {
  const temporary = process.platform === "linux" ? "/tmp" : tmpdir();
  const fallback = join(temporary, `nestbox-locks-${process.getuid?.() ?? 0}`);
  try {
    return [join(userInfo().homedir, ".cache", "nestbox", "locks"), fallback];
  } catch {
    // A container may run as a user that its system does not know.
    return [fallback];
  }
}

/**
 * Creates a folder that only this user may enter, or checks that it is one.
 * @throws Error for a folder that others may enter or have created
 */
function requireOwnFolder(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const user = process.getuid?.();
  // Windows has no owners and modes; its folders of a user are that user's.
  if (user === undefined) return;
  const stats = lstatSync(folder);
  const fail = (problem, remedy) => {
    throw new Error(`${folder}: ${problem}, who could hold up every command; ${remedy}`);
  };
  if (stats.uid !== user) fail(`belongs to the user ${stats.uid}`, "have root remove it");
  if (!stats.isDirectory() || (stats.mode & 0o077) !== 0) fail("is open to other users", "remove it");
}

module.exports = { lockFolders, requireOwnFolder };
