import { once } from "node:events";
import { mkdirSync, mkdtempSync, renameSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { build, plan, sandbox } from "nestbox";
import { type BuildWatch, watchBuilds } from "../../src/images/watch-builds.ts";

let project: string;
let watching: BuildWatch;
let interruption: AbortController;

beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), "nestbox-watch-"));
  write("api/Dockerfile", "FROM alpine:3.19\nCOPY . /app\n");
  write("api/main.py", "print(1)\n");
});

afterEach(() => {
  jest.useRealTimers();
  watching.close();
  rmSync(project, { recursive: true });
});

function write(name: string, content: string) {
  const file = path.join(project, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function watchApi(image = build("api")) {
  interruption = new AbortController();
  const plans = [plan(sandbox("shop", { services: { api: { image } } }))];
  watching = watchBuilds(plans, project, interruption.signal);
}

test("a change right after the watch began is one, and so is one while nobody waits", async () => {
  watchApi();
  write("api/main.py", "print(2)\n");
  await watching.changed();
  write("api/main.py", "print(3)\n");
  await watching.changed();
});

test("files count that are added, also in new folders, and files that go", async () => {
  watchApi();
  mkdirSync(path.join(project, "api/lib/deep"), { recursive: true });
  await watching.changed();
  write("api/lib/deep/more.py", "");
  await watching.changed();
  rmSync(path.join(project, "api/main.py"));
  await watching.changed();
});

test("a context may go and come again, as another branch is checked out", async () => {
  watchApi();
  renameSync(path.join(project, "api"), path.join(project, "gone"));
  await watching.changed();
  renameSync(path.join(project, "gone"), path.join(project, "api"));
  await watching.changed();
  write("api/main.py", "print(2)\n");
  await watching.changed();
});

test("a Dockerfile that .dockerignore leaves out counts, and other files beside it do not", async () => {
  write("api/.dockerignore", "docker\n");
  write("api/docker/api.Dockerfile", "FROM alpine:3.19\n");
  jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask"] });
  watchApi(build({ context: "api", dockerfile: "docker/api.Dockerfile" }));
  await seen("api/docker", () => write("api/docker/web.Dockerfile", ""));
  expect(jest.getTimerCount()).toBe(0);
  await seen("api/docker", () => write("api/docker/api.Dockerfile", "FROM alpine:3.20\n"));
  expect(jest.getTimerCount()).toBe(1);
});

test("what .dockerignore leaves out does not count, until it changes", async () => {
  write("api/.dockerignore", "*.log\ncache\n");
  mkdirSync(path.join(project, "api/cache"));
  jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask"] });
  watchApi();
  await seen("api", () => write("api/noise.log", ""));
  await seen("api/cache", () => write("api/cache/noise", ""));
  expect(jest.getTimerCount()).toBe(0);
  await seen("api", () => write("api/.dockerignore", "cache\n"));
  expect(jest.getTimerCount()).toBe(1);
  const changed = watching.changed();
  jest.runAllTimers();
  await changed;
  await seen("api", () => write("api/noise.log", "noise"));
  expect(jest.getTimerCount()).toBe(1);
});

test("an interruption ends the wait with its reason", async () => {
  watchApi();
  const changed = watching.changed();
  interruption.abort(new Error("enough"));
  await expect(changed).rejects.toThrow("enough");
  await expect(watching.changed()).rejects.toThrow("enough");
});

/** Does something that changes a folder, until watchers that were there before have been told. */
async function seen(folder: string, change: () => void) {
  const watcher = watch(path.join(project, folder));
  try {
    const told = once(watcher, "change");
    change();
    await told;
  } finally {
    watcher.close();
  }
}
