// CommonJS: bootstrap.mjs needs it on any version of Node, before packages are installed.
const { createHash } = require("node:crypto");
const { rmSync } = require("node:fs");
const { createServer, connect } = require("node:net");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

/**
 * Acquires the lock `name`, waiting for its holder, and returns the function that releases it.
 *
 * The lock is a listening socket: the kernel releases it when the holder exits, and wakes waiting processes
 * at once. It excludes processes of the same user on the same machine. `onWait` is called once with the
 * holder's process ID if another process holds the lock.
 */
async function acquireLock(name, onWait = () => {}) {
  const address = addressOf(name);
  let report = onWait;
  for (;;) {
    const release = await tryToListen(address);
    if (release !== undefined) return release;
    await waitForEnd(address, (holder) => {
      report(holder);
      report = () => {};
    });
  }
}

/** Acquires the lock `name` like acquireLock, without waiting: undefined if another process holds it. */
async function tryLock(name) {
  const address = addressOf(name);
  const release = await tryToListen(address);
  if (release !== undefined || address.startsWith("\0")) return release;
  // Outside Linux the address is a file, which may remain after its holder.
  let isHeld = false;
  await waitForEnd(address, (_, socket) => {
    isHeld = true;
    socket.destroy();
  });
  return isHeld ? undefined : tryToListen(address);
}

function addressOf(name) {
  const user = process.getuid?.() ?? 0;
  const hash = createHash("sha256").update(`${user} ${name}`).digest("hex").slice(0, 32);
  if (process.platform === "linux") return `\0nestbox-lock-${hash}`;
  return join(tmpdir(), `nestbox-lock-${hash}`);
}

function tryToListen(address) {
  return new Promise((resolve, reject) => {
    const waiting = new Set();
    const server = createServer((socket) => {
      waiting.add(socket);
      socket.unref();
      socket.on("error", () => {});
      socket.on("close", () => waiting.delete(socket));
      socket.write(`${process.pid}\n`);
    });
    const release = () =>
      new Promise((released) => {
        server.close(() => released());
        for (const socket of waiting) socket.destroy();
      });
    server.once("error", (error) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    server.listen(address, () => {
      server.unref();
      resolve(release);
    });
  });
}

function waitForEnd(address, onHolder) {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("data", (data) => onHolder(Number(data.toString()), socket));
    socket.once("error", (error) => {
      // Outside Linux the address is a file, which remains when its holder was killed.
      if (error.code === "ECONNREFUSED" && !address.startsWith("\0")) rmSync(address, { force: true });
    });
    socket.once("close", () => resolve());
  });
}

module.exports = { acquireLock, tryLock };
