import { expect, test } from "@jest/globals";
import { type DockerEngine, EngineRefused } from "../../../../airgap/docker-provider/docker-engine.ts";
import type { Work } from "../../../../airgap/docker-provider/resource-type.ts";
import { removeOnceUnused, type User } from "../../../../airgap/docker-provider/resources/removal.ts";

const inUse = new EngineRefused(403, "has active endpoints");

/** Work on nothing: `removeOnceUnused` asks the engine only through what it is given. */
const work = (removals: Map<string, Promise<void>> = new Map()): Work => ({
  engine: {} as DockerEngine,
  signal: new AbortController().signal,
  tell: () => {},
  removals,
});

/** A double of something that refuses to be removed as long as `users` is not empty. */
const thing = (users: User[]) => ({
  description: "network front",
  remedy: "disconnect them",
  remove: async () => {
    if (users.length > 0) throw inUse;
  },
  users: async () => [...users],
});

test("containers that are being removed are waited for", async () => {
  const users = [{ id: "1", name: "cache" }];
  const { promise, resolve } = Promise.withResolvers<void>();
  const leaving = promise.then(() => {
    users.pop();
  });
  const network = thing(users);
  const seenThenGone = async () => {
    const seen = await network.users();
    resolve();
    return seen;
  };
  const removal = removeOnceUnused(work(new Map([["1", leaving]])), { ...network, users: seenThenGone });
  await expect(removal).resolves.toBeUndefined();
  expect(users).toEqual([]);
});

test("others are named, with the remedy", async () => {
  const users = [
    { id: "1", name: "cache" },
    { id: "2", name: "job" },
  ];
  await expect(removeOnceUnused(work(), thing(users))).rejects.toThrow(
    "network front is still used by cache, job: remove them, or disconnect them",
  );
});

test("a refusal for another reason stays as it is", async () => {
  const remove = () => Promise.reject(inUse);
  await expect(removeOnceUnused(work(), { ...thing([]), remove })).rejects.toBe(inUse);
});

test("what is gone already is no error", async () => {
  const remove = () => Promise.reject(new EngineRefused(404, "no such network"));
  await expect(removeOnceUnused(work(), { ...thing([]), remove })).resolves.toBeUndefined();
});
