import { EventEmitter } from "node:events";
import { connect } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { exec } from "../../../src/model/probe.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";
import type { Place } from "../../../src/sandbox/place.ts";
import type { ExecStreams, LogSelection, RunningSandbox } from "../../../src/sandbox/running-sandbox.ts";
import { eventually } from "../../eventually.ts";
import { kubectl } from "../../kubectl.ts";
import { connectedPlace } from "./connected-place.ts";
import { recordedProgress } from "./recorded-progress.ts";

const REDIS = { image: "redis:7-alpine", stop: { grace: "1s" } } as const;

const declared = sandbox("busy", {
  services: {
    cache: { ...REDIS, ports: [6379], probe: exec(["redis-cli", "ping"]) },
    clock: {
      ...REDIS,
      command: ["sh", "-c", "for n in 1 2 3; do echo tick $n; done; until [ -e /stop ]; do sleep 0.1; done"],
    },
    prepare: { ...REDIS, command: ["sh", "-c", "echo prepared"], runsOnce: true },
  },
  jobs: {
    tests: { image: "redis:7-alpine", script: ['redis-cli -h cache set "$KEY" 1', "exit 7"] },
    long: { image: "redis:7-alpine", script: ["echo started; sleep 600"] },
  },
});

let place: Place;
let running: RunningSandbox;
const none = new AbortController().signal;

beforeAll(async () => {
  place = await connectedPlace("nestbox-test");
  running = await place.start({
    plan: plan(declared, { profiles: "all" }),
    secrets: {},
    signal: none,
    progress: recordedProgress(),
  });
});

afterAll(() => running?.remove());

interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(part: string, words: readonly string[], streams: Partial<ExecStreams> = {}): Promise<Run> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = Promise.all([text(stdout), text(stderr)]);
  const exitCode = await running
    .exec(part, words, { stdout, stderr, signal: none, ...streams })
    .finally(() => {
      stdout.end();
      stderr.end();
    });
  const [out, err] = await output;
  return { exitCode, stdout: out, stderr: err };
}

async function lines(service: string, selection: Partial<LogSelection> = {}): Promise<readonly string[]> {
  const found = [];
  for await (const line of running.logs(service, { signal: none, ...selection })) found.push(line.text);
  return found;
}

test("a command in a service has its exit code, and its outputs apart", async () => {
  expect(await run("cache", ["redis-cli", "ping"])).toEqual({ exitCode: 0, stdout: "PONG\n", stderr: "" });
  expect(await run("cache", ["sh", "-c", "echo out; echo err >&2; exit 3"])).toEqual({
    ...{ exitCode: 3, stdout: "out\n", stderr: "err\n" },
  });
});

test("a command reads its input to the end, and leaves what it does not read", async () => {
  const megabytes = Buffer.alloc(3 * 1024 ** 2, "x");
  const counted = await run("cache", ["wc", "-c"], { stdin: Readable.from([megabytes]) });
  expect(counted.stdout.trim()).toBe(String(megabytes.length));
  const endless = new PassThrough();
  expect((await run("cache", ["true"], { stdin: endless })).exitCode).toBe(0);
  expect(endless.destroyed).toBe(false);
  expect(endless.listenerCount("data")).toBe(0);
});

test("a terminal follows the size of the user's", async () => {
  const changes = new EventEmitter();
  const size = { columns: 100, rows: 30 };
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  let output = "";
  stdout.on("data", (part: Buffer) => {
    output += part;
  });
  const terminal = {
    get columns() {
      return size.columns;
    },
    get rows() {
      return size.rows;
    },
    onResize: (listener: () => void) => {
      changes.on("resize", listener);
      return () => changes.off("resize", listener);
    },
  };
  const ended = run("cache", ["sh"], { stdin, stdout, terminal });
  stdin.write("stty size; echo TERM=$TERM; [ -t 0 ] && [ -t 1 ] && echo terminal\n");
  await eventually(() => expect(output).toContain("30 100"), { within: "30s" });
  await eventually(() => expect(output).toContain("\r\nterminal"), { within: "30s" });
  expect(output).toMatch(/TERM=xterm/);
  Object.assign(size, { columns: 72, rows: 19 });
  changes.emit("resize");
  await eventually(
    () => {
      stdin.write("stty size\n");
      expect(output).toContain("19 72");
    },
    { within: "30s" },
  );
  stdin.write("exit 5\n");
  expect((await ended).exitCode).toBe(5);
  expect(changes.listenerCount("resize")).toBe(0);
});

test("an image without the program, and a container that does not run, are told with a remedy", async () => {
  await expect(run("cache", ["psql"])).rejects.toEqual(
    new ConfigurationError(
      'busy.services.cache: its image cannot run "psql" (executable file not found in $PATH); ' +
        "name a program that the image has",
    ),
  );
  await expect(run("cache", ["/etc/passwd"])).rejects.toThrow(ConfigurationError);
  const ended = await run("prepare", ["true"]).catch((error: Error) => error);
  expect(ended).toBeInstanceOf(ConfigurationError);
  expect(ended).toMatchObject({
    message: "busy.services.prepare: does not run: ended with exit code 0\n  its last output:\n    prepared",
  });
  await expect(run("tests", ["true"])).rejects.toThrow("busy.jobs.tests: has no container that runs");
});

test("an interruption ends a command, and throws its reason", async () => {
  const interrupted = new AbortController();
  const reason = new Error("interrupted");
  const ended = run("cache", ["sleep", "600"], { signal: interrupted.signal });
  interrupted.abort(reason);
  await expect(ended).rejects.toBe(reason);
});

test("the output of a service is read in lines, also of one that has ended", async () => {
  expect(await lines("clock")).toEqual(["tick 1", "tick 2", "tick 3"]);
  expect(await lines("clock", { last: 2 })).toEqual(["tick 2", "tick 3"]);
  expect(await lines("clock", { within: 3_600_000, last: 1 })).toEqual(["tick 3"]);
  expect(await lines("prepare")).toEqual(["prepared"]);
  await expect(lines("nothing")).rejects.toThrow("busy.services.nothing: has no container");
});

test("output is followed until the signal, which is thrown", async () => {
  const interrupted = new AbortController();
  const found: string[] = [];
  const reading = async () => {
    for await (const { text: line } of running.logs("clock", {
      ...{ follow: true, last: 1, signal: interrupted.signal },
    })) {
      found.push(line);
      if (line === "later") interrupted.abort(new Error("enough"));
    }
  };
  const ended = expect(reading()).rejects.toThrow("enough");
  await run("clock", ["sh", "-c", "echo later >/proc/1/fd/1"]);
  await ended;
  expect(found).toEqual(["tick 3", "later"]);
});

test("a job has its variables, image and exit code", async () => {
  const stdout = new PassThrough();
  const [tests] = running.plan.jobs;
  if (tests === undefined) throw new Error("no job");
  const end = await running.run(tests, {
    ...{ stdout, stderr: stdout, signal: none, warn: () => {} },
    variables: { KEY: "from-the-job" },
  });
  expect(end).toEqual({ kind: "exited", exitCode: 7 });
  expect((await run("cache", ["redis-cli", "get", "from-the-job"])).stdout).toBe("1\n");
});

test("a command runs in a job that runs, which has its times", async () => {
  const interrupted = new AbortController();
  const stdout = new PassThrough().resume();
  const long = running.plan.jobs.find(({ key }) => key === "long");
  if (long === undefined) throw new Error("no job");
  const end = running.run(long, {
    ...{ stdout, stderr: stdout, signal: interrupted.signal, warn: () => {} },
  });
  await eventually(
    async () => expect((await run("long", ["sh", "-c", "echo $CI_JOB_NAME"])).exitCode).toBe(0),
    { within: "60s" },
  );
  const times = await running.times();
  expect([...times.keys()].sort()).toEqual(["cache", "clock", "long", "prepare"]);
  expect(times.get("cache")?.ready).toBeGreaterThanOrEqual(times.get("cache")?.started ?? Infinity);
  expect(times.get("prepare")?.ended).toBeDefined();
  expect(times.get("long")?.ended).toBeUndefined();
  interrupted.abort();
  expect(await end).toEqual({ kind: "interrupted" });
});

test("services are reached by ports of this machine", async () => {
  const addressOf = await running.reach();
  const address = addressOf("cache", 6379);
  if (address === undefined) throw new Error("no address");
  const socket = connect(address).setEncoding("utf8");
  socket.write("PING\r\n");
  expect(await new Promise((resolve) => socket.once("data", resolve))).toBe("+PONG\r\n");
  socket.destroy();
  expect(addressOf("prepare", 1)).toBeUndefined();
});

test("the addresses that last are those of the namespace", async () => {
  const { addressOf, notice } = await running.addresses();
  const [listed] = await place.list((await ownerOfRunning()).owner);
  expect(addressOf("cache", 6379)).toEqual({ host: `cache.${listed?.namespace}.svc`, port: 6379 });
  expect(addressOf("cache", 1)).toBeUndefined();
  expect(notice).toContain("inside the cluster");
});

async function ownerOfRunning() {
  const mine = (await place.list()).filter(({ sandbox: name }) => name === "busy");
  const [found] = mine;
  if (found === undefined || mine.length > 1) throw new Error(`${mine.length} sandboxes`);
  return found;
}

test("the list has the sandbox, its services and their states", async () => {
  const found = await ownerOfRunning();
  expect(found).toMatchObject({ project: "nestbox-test", component: "busy", networks: [] });
  expect(found.services.map(({ service, state }) => [service, state])).toEqual([
    ["cache", "ready"],
    ["clock", "ready"],
    ["prepare", "completed"],
  ]);
});

test("a service that stops is named with its last output, and its followed output ends", async () => {
  const following = lines("clock", { follow: true, last: 1 });
  expect(await running.stopped()).toEqual({});
  await run("clock", ["sh", "-c", "touch /stop"]);
  expect(await following).toEqual(["later"]);
  await eventually(
    async () => {
      expect(await running.stopped()).toMatchObject({
        clock: expect.stringMatching(/^ended with exit code 0\n {2}its last output:\n {4}tick 1/),
      });
    },
    { within: "30s" },
  );
});

test("a followed output whose pod is removed ends", async () => {
  const found = await ownerOfRunning();
  const following = running.logs("cache", { follow: true, signal: none })[Symbol.asyncIterator]();
  expect((await following.next()).value).toMatchObject({ stream: "stdout" });
  const pod = found.services.find(({ service }) => service === "cache")?.container ?? "";
  kubectl("delete", "pod", "-n", found.namespace ?? "", pod, "--wait=false");
  const rest = [];
  for (let next = await following.next(); !next.done; next = await following.next())
    rest.push(next.value.text);
  expect(rest).toContainEqual(expect.stringContaining("Ready to accept connections"));
});
