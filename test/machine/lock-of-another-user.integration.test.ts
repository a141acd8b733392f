import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "@jest/globals";
import { tryLock } from "../../src/machine/lock.cjs";
import { requireOwnFolder } from "../../src/machine/lock-folder.cjs";

/** Another user of the machine. These tests run as root, which can become any. */
const OTHER = 65534;

/** The addresses of this machine's sockets: paths, and abstract ones with `@`. */
function addresses(): ReadonlySet<string> {
  const lines = readFileSync("/proc/net/unix", "utf8").split("\n");
  return new Set(lines.flatMap((line) => line.split(/\s+/)[7] ?? []));
}

/** Another user's process that listens on all of these addresses that it can have. */
async function squatter(wanted: readonly string[]): Promise<ChildProcess> {
  const script = `const { createServer } = require("node:net");
    let left = ${wanted.length};
    const done = () => { left -= 1; if (left === 0) console.log("tried"); };
    for (const address of ${JSON.stringify(wanted)})
      createServer(() => {}).once("error", done).listen(address.replace(/^@/, "\\0"), done);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-e", script], { uid: OTHER, gid: OTHER, cwd: "/" });
  await once(createInterface(child.stdout), "line");
  return child;
}

test("another user cannot take the address of a lock", async () => {
  const name = `test ${process.pid} squatted`;
  const before = addresses();
  const release = await tryLock(name);
  const own = [...addresses()].filter((address) => !before.has(address) && /lock/.test(address));
  expect(own).not.toEqual([]);
  await release?.();
  const child = await squatter(own);
  try {
    const again = await tryLock(name);
    expect(again).toBeDefined();
    await again?.();
  } finally {
    child.kill("SIGKILL");
  }
});

test("a folder that another user has created holds no locks", () => {
  const parent = mkdtempSync(join(tmpdir(), "nestbox-lock-folder-"));
  try {
    chmodSync(parent, 0o777);
    const folder = join(parent, "locks");
    spawnSync("mkdir", ["-m", "700", folder], { uid: OTHER, gid: OTHER });
    expect(() => requireOwnFolder(folder)).toThrow(
      `${folder}: belongs to the user ${OTHER}, who could hold up`,
    );
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
});
