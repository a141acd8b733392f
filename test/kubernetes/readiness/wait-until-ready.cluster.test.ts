import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { watchNamespace } from "../../../src/kubernetes/readiness/namespace-watch.ts";
import { waitUntilPodReady } from "../../../src/kubernetes/readiness/wait-until-ready.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { exec, log, tcp } from "../../../src/model/probe.ts";
import { type CreatedNamespace, createNamespace } from "../created-namespace.ts";

const shell = (script: string) => ({ image: "alpine:3.19", command: ["sh", "-c", script] });
const never = "while :; do sleep 1; done";

const declared = sandbox("waits", {
  services: {
    runs: shell(never),
    listens: { ...shell("sleep 1; nc -ll -p 80 -e true"), ports: [80], probe: tcp(80) },
    logs: { ...shell(`sleep 1; echo is Open; ${never}`), probe: log(/is open$/i) },
    completes: { ...shell("true"), runsOnce: true },
    crashes: { ...shell("echo no disk; exit 7"), probe: log(/open/) },
    "fails-once": { ...shell("echo no schema; exit 3"), runsOnce: true },
    "is-late": { ...shell(never), runsOnce: true, completesWithin: "3s" },
    silent: { ...shell(`echo starting; ${never}`), probe: log(/open/, { within: "2s" }) },
    deaf: { ...shell(`echo deaf; ${never}`), probe: exec("echo no pulse; exit 5", { within: "5s" }) },
    "has-no-image": { image: "alpine:0.0" },
    "has-no-program": { image: "alpine:3.19", command: ["no-such-program"] },
    "eats-memory": {
      ...shell("head -c 67108864 /dev/zero | tail"),
      limits: { memory: "32MiB" },
      probe: log(/open/),
    },
  },
});

const end = new AbortController();
let created: CreatedNamespace;
let wait: (key: string) => Promise<string>;

beforeAll(async () => {
  created = await createNamespace(declared);
  const watch = watchNamespace(created.cluster, created, end.signal);
  wait = (key) => waitUntilPodReady({ watch, service: created.service(key), signal: end.signal });
});

afterAll(async () => {
  await created.remove();
  end.abort();
});

test.each([["runs"], ["listens"], ["logs"], ["completes"]])("%s is ready", async (key) => {
  expect(await wait(key)).toMatch(new RegExp(`^${key}-`));
});

test.each([
  ["crashes", "ended with exit code 7\n  its last output:\n    no disk"],
  ["fails-once", "ended with exit code 3\n  its last output:\n    no schema"],
  ["is-late", "has not ended within 3s\n  its last output: none"],
  ["silent", "no line of its output matched /open/ within 2s\n  its last output:\n    starting"],
  [
    "deaf",
    "not healthy within 5s\n  its last event:\n    Startup probe failed: no pulse\n" +
      "  its last output:\n    deaf",
  ],
])("%s fails with its last output", async (key, message) => {
  await expect(wait(key)).rejects.toThrow(message);
});

test("an image that cannot be pulled is told with the runtime's reason", async () => {
  await expect(wait("has-no-image")).rejects.toThrow(/^its image alpine:0\.0 cannot be pulled: .+/);
});

test("a program that does not exist is told", async () => {
  await expect(wait("has-no-program")).rejects.toThrow(/^cannot be started: .*no-such-program/);
});

test("a container that exceeds its memory is told", async () => {
  await expect(wait("eats-memory")).rejects.toThrow("out of memory: raise limits.memory");
});
