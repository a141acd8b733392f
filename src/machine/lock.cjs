// CommonJS, because bootstrap.mjs needs it on any Node before anything is installed, and the TypeScript
// beside it too.
const { createHash } = require("node:crypto");
const { rmSync } = require("node:fs");
const { createServer, connect } = require("node:net");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

/**
 * Waits until this process alone holds `name`, and returns the function that gives it back.
 *
 * The lock is a listening socket, so the kernel gives it back when its holder dies, however it dies, and
 * those who wait are woken at once. `name` is best a path; equal names of one user exclude each other, on
 * this machine only. `onWait` is called once if another process holds it, with that process's id.
 */
async function acquireLock(name, onWait = () => {}) {
  const address = addressOf(name);
  let isFirstWait = true;
  for (;;) {
    const giveBack = await tryToListen(address);
    if (giveBack !== undefined) return giveBack;
    await waitForEnd(address, (holder) => {
      if (isFirstWait) onWait(holder);
      isFirstWait = false;
    });
  }
}

/** Like acquireLock, but gives up at once, with undefined, when another process holds `name`. */
async function tryLock(name) {
  const address = addressOf(name);
  const giveBack = await tryToListen(address);
  if (giveBack !== undefined || address.startsWith("\0")) return giveBack;
  // Outside Linux the address is a file, which may have outlived its holder.
  const isHeld = await answers(address);
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
    const giveBack = () =>
      new Promise((given) => {
        server.close(() => given());
        for (const socket of waiting) socket.destroy();
      });
    server.once("error", (error) => (error.code === "EADDRINUSE" ? resolve(undefined) : reject(error)));
    server.listen(address, () => {
      server.unref();
      resolve(giveBack);
    });
  });
}

function waitForEnd(address, onHolder) {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("data", (data) => onHolder(Number(data.toString())));
    socket.once("error", (error) => {
      // Outside Linux the address is a file, which outlives a holder that was killed.
      if (error.code === "ECONNREFUSED" && !address.startsWith("\0")) rmSync(address, { force: true });
    });
    socket.once("close", () => resolve());
  });
}

function answers(address) {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("data", () => {
      resolve(true);
      socket.destroy();
    });
    socket.once("error", (error) => {
      if (error.code === "ECONNREFUSED") rmSync(address, { force: true });
      resolve(false);
    });
  });
}

module.exports = { acquireLock, tryLock };
