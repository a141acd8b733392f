import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { acquireLock, tryLock } from "../../src/machine/lock.cjs";

const LOCK = join(__dirname, "../../src/machine/lock.cjs");

/** Another process that holds a lock. */
async function holder(name: string): Promise<ChildProcess> {
  const script = `require(${JSON.stringify(LOCK)}).acquireLock(${JSON.stringify(name)}).then(() => {
    console.log("held"); setInterval(() => {}, 1000); });`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

test("a waiting process learns the holder, and acquires the lock when the holder dies", async () => {
  const name = `test ${process.pid} dies`;
  const child = await holder(name);
  const heldBy = new Promise<number>((resolve) => {
    void acquireLock(name, resolve).then((giveBack) => giveBack());
  });
  expect(await heldBy).toBe(child.pid);
  child.kill("SIGKILL");
  const giveBack = await acquireLock(name);
  await giveBack();
});

test("one holder at a time", async () => {
  const name = `test ${process.pid} turns`;
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    const giveBack = await acquireLock(name);
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
    await giveBack();
  };
  await Promise.all(Array.from({ length: 8 }, work));
  expect(most).toBe(1);
});

test("locks of different names do not exclude each other", async () => {
  const names = ["first", "second"].map((name) => `test ${process.pid} ${name}`);
  const waitedFor: number[] = [];
  const held = await Promise.all(names.map((name) => acquireLock(name, (holder) => waitedFor.push(holder))));
  expect(waitedFor).toEqual([]);
  // Both are held at the same time.
  expect(await Promise.all(names.map(tryLock))).toEqual([undefined, undefined]);
  await Promise.all(held.map((giveBack) => giveBack()));
});

test("tryLock acquires a lock only if it is free", async () => {
  const name = `test ${process.pid} tries`;
  const child = await holder(name);
  expect(await tryLock(name)).toBeUndefined();
  child.kill("SIGKILL");
  await once(child, "exit");
  const giveBack = await tryLock(name);
  expect(await tryLock(name)).toBeUndefined();
  await giveBack?.();
  await (await tryLock(name))?.();
});
