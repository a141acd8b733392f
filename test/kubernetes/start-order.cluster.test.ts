import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { exec } from "../../src/model/probe.ts";
import { eventually } from "../eventually.ts";
import { kubectl } from "../kubectl.ts";
import { runEmittedJob } from "./emitted-job.ts";
import { applySandbox, type EmittedNamespace, untilAvailable } from "./emitted-namespace.ts";

/** Its port is open three seconds before it is ready. */
const SLOW =
  "redis-server --protected-mode no & sleep 3; redis-cli set state ready && touch /tmp/ready; wait";
const ASK = "redis-cli -h slow get state";

const declared = sandbox("order", {
  services: {
    slow: {
      image: "redis:7-alpine",
      command: ["sh", "-c", SLOW],
      ports: [6379],
      probe: exec(["test", "-e", "/tmp/ready"]),
    },
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
  },
  jobs: { tests: { image: "redis:7-alpine", script: [ASK] } },
});

let emitted: EmittedNamespace;
beforeAll(() => {
  emitted = applySandbox(declared);
});
afterAll(() => emitted.remove());

test("a job that is created at once starts when its service is ready", async () => {
  const result = await runEmittedJob(emitted, "tests");
  expect(result.exitCode).toBe(0);
  expect(result.output).toContain("ready\n");
});

test("a service starts when the one before it is ready", async () => {
  untilAvailable(emitted);
  expect(logOf("deployment/dependent")).toBe("ready\n");
  const [ready, started] = [await readyTime("slow"), await startTime("dependent")];
  expect(started).toBeGreaterThanOrEqual(ready);
});

test("a service that completes starts when the one before it is ready", () => {
  kubectl(
    "--namespace",
    emitted.namespace,
    "wait",
    "--for=condition=Complete",
    "--timeout=2m",
    "job/migration",
  );
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
