import { expect, test } from "@jest/globals";
import { workQueue } from "../../src/fork/work-queue.ts";

test("what somebody waits for runs before what waits behind, and a failure stops neither", async () => {
  const queue = workQueue();
  const done: string[] = [];
  const add = (name: string) => async () => {
    done.push(name);
  };
  const failing = queue.behind(() => Promise.reject(new Error("no space")));
  const refused = expect(failing).rejects.toThrow("no space");
  const all = [queue.behind(add("later")), queue.first(add("urgent")), queue.first(add("urgent, too"))];
  await queue.idle();
  expect(done).toEqual(["urgent", "urgent, too", "later"]);
  await Promise.all([...all, refused]);
});
