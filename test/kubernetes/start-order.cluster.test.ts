import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { exec, tcp } from "../../src/model/probe.ts";
import { eventually } from "../eventually.ts";
import { kubectl } from "../kubectl.ts";
import { type JobResult, runEmittedJob } from "./emitted-job.ts";
import { applySandbox, type EmittedNamespace, inService, untilAvailable } from "./emitted-namespace.ts";

const SERVER = {
  image: "redis:7-alpine",
  command: ["redis-server", "--protected-mode", "no"],
  ports: [6379],
} as const;
const ASK = "redis-cli -h slow get state";

const declared = sandbox("order", {
  services: {
    // Ready when the test says so, though its port is open.
    slow: { ...SERVER, probe: exec("redis-cli get state | grep ready", { within: "4m" }) },
    dependent: {
      image: "redis:7-alpine",
      command: ["sh", "-c", `${ASK}; exec sleep 600`],
      after: { slow: "ready" },
    },
    migration: {
      image: "redis:7-alpine",
      command: ["sh", "-c", ASK],
      runsOnce: true,
      after: { slow: "ready" },
    },
    // The same, but ready with its port: when its dependent runs, those of a slow one could run as well.
    quick: { ...SERVER, probe: tcp(6379) },
    follower: {
      image: "redis:7-alpine",
      command: ["sh", "-c", "echo started; exec sleep 600"],
      after: { quick: "ready" },
    },
  },
  jobs: { tests: { image: "redis:7-alpine", script: [ASK] } },
});

let emitted: EmittedNamespace;
let job: Promise<JobResult>;

beforeAll(async () => {
  emitted = applySandbox(declared);
  job = runEmittedJob(emitted, "tests");
  await eventually(() => expect(logOf("deployment/follower")).toBe("started\n"), { within: "2m" });
  await eventually(() => inService(emitted, "slow", "redis-cli", "set", "state", "ready"), { within: "2m" });
});
afterAll(() => emitted.remove());

test("a job that is created at once starts when its service is ready", async () => {
  const { exitCode, output } = await job;
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: `$ ${ASK}\nready\n` });
});

test("a service starts when the one before it is ready", async () => {
  untilAvailable(emitted);
  expect(logOf("deployment/dependent")).toBe("ready\n");
  const [ready, started] = [await readyTime("slow"), await startTime("dependent")];
  expect(started).toBeGreaterThanOrEqual(ready);
});

test("a service that completes starts when the one before it is ready", () => {
  const condition = ["--for=condition=Complete", "--timeout=2m"];
  kubectl("--namespace", emitted.namespace, "wait", ...condition, "job/migration");
  expect(logOf("job/migration")).toBe("ready\n");
});

function logOf(workload: string): string {
  return kubectl("--namespace", emitted.namespace, "logs", workload, "-c", "service");
}

async function readyTime(key: string): Promise<number> {
  return timeOf(key, '{.items[0].status.conditions[?(@.type=="Ready")].lastTransitionTime}');
}

async function startTime(key: string): Promise<number> {
  return timeOf(key, "{.items[0].status.containerStatuses[0].state.running.startedAt}");
}

/** Kubernetes reports whole seconds. */
function timeOf(key: string, field: string): Promise<number> {
  const selector = `nestbox.part=${key}`;
  return eventually(
    () => {
      const time = Date.parse(
        kubectl("--namespace", emitted.namespace, "get", "pod", "-l", selector, "-o", `jsonpath=${field}`),
      );
      expect(time).not.toBeNaN();
      return time;
    },
    { within: "30s" },
  );
}
