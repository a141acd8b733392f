// CommonJS: setup/bootstrap.mjs needs it on any version of Node, before packages are installed.
const { createHash, randomBytes } = require("node:crypto");
const { readdirSync, renameSync, rmSync } = require("node:fs");
const { createServer, connect } = require("node:net");
const { hostname } = require("node:os");
const { join } = require("node:path");
const { lockFolders, requireOwnFolder } = require("./lock-folder.cjs");

/**
 * Acquires the lock `name`, waiting for its holder, and returns the function that releases it.
 *
 * The lock is a queue of listening sockets in a folder that only this user may enter, each with a number; the
 * lowest holds it. The kernel ends the sockets of a process that exits, which wakes those who wait at once.
 * It excludes processes of the same user on the same machine. `onWait` is called once with the holder's
 * process ID if another process holds the lock.
 */
async function acquireLock(name, onWait = () => {}) {
  let report = onWait;
  return waitInQueue(name, (holder) => {
    report(holder);
    report = () => {};
    return true;
  });
}

/** Acquires the lock `name` like acquireLock, without waiting: undefined if another process holds it. */
async function tryLock(name) {
  return waitInQueue(name, () => false);
}

/** @param goesOn called with each holder's process ID: whether to wait for it */
async function waitInQueue(name, goesOn) {
  for (;;) {
    const place = await joinQueue(name);
    // One with a higher number may have looked before this one was there: then it holds the lock.
    if (place.others().some((other) => other > place.name)) {
      await place.leave();
      continue;
    }
    for (;;) {
      const [first] = place.others();
      if (first === undefined || first > place.name) {
        place.hold();
        return place.leave;
      }
      if (!(await waitForEnd(join(place.folder, first), goesOn))) {
        await place.leave();
        return undefined;
      }
    }
  }
}

/** Listens in the queue of a lock, behind all others. */
async function joinQueue(name) {
  const queue = createHash("sha256").update(`${hostname()} ${name}`).digest("hex").slice(0, 24);
  const waiting = new Set();
  let isHolder = false;
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.unref();
    socket.on("error", () => {});
    socket.on("close", () => waiting.delete(socket));
    if (isHolder) socket.write(`${process.pid}\n`);
  });
  const { folder, file } = await listenInFolder(server);
  const numbers = inQueue(folder, queue).map((other) => Number(other.split(".")[1]));
  const next = String(Math.max(0, ...numbers) + 1).padStart(12, "0");
  const own = `${queue}.${next}.${randomBytes(4).toString("hex")}`;
  // Only now, since a socket refuses connections until it listens.
  renameSync(join(folder, file), join(folder, own));
  return {
    folder,
    name: own,
    others: () => inQueue(folder, queue).filter((other) => other !== own),
    hold() {
      isHolder = true;
      for (const socket of waiting) socket.write(`${process.pid}\n`);
    },
    leave: () =>
      new Promise((left) => {
        rmSync(join(folder, own), { force: true });
        server.close(() => left());
        for (const socket of waiting) socket.destroy();
      }),
  };
}

/** The places in a queue, the first one first. */
function inQueue(folder, queue) {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${queue}.`))
    .sort();
}

/** Errors of a folder that cannot be created, or that has no sockets: another one may do. */
const UNUSABLE = [
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOENT",
  "ENOTDIR",
  "EINVAL",
  "ENAMETOOLONG",
  "ENOTSUP",
  "EOPNOTSUPP",
];

/** Listens under a name that nobody looks for. */
async function listenInFolder(server) {
  const file = `new-${randomBytes(8).toString("hex")}`;
  const folders = lockFolders();
  for (const [index, folder] of folders.entries()) {
    try {
      requireOwnFolder(folder);
      await listen(server, join(folder, file));
      return { folder, file };
    } catch (error) {
      if (!UNUSABLE.includes(error.code) || index === folders.length - 1) throw error;
    }
  }
}

function listen(server, address) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(address, () => {
      server.off("error", reject);
      server.unref();
      resolve();
    });
  });
}

/** Waits until a place in the queue is free. Undefined if it is not waited for. */
function waitForEnd(address, goesOn) {
  return new Promise((resolve) => {
    let isOver = true;
    const socket = connect(address);
    socket.once("data", (data) => {
      isOver = goesOn(Number(data.toString()));
      if (!isOver) socket.destroy();
    });
    socket.once("error", (error) => {
      // Its process was killed. Nobody else ever gets this name.
      if (error.code === "ECONNREFUSED") rmSync(address, { force: true });
    });
    socket.once("close", () => resolve(isOver));
  });
}

module.exports = { acquireLock, tryLock };
