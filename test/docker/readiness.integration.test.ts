import { afterEach, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readContainers } from "../../src/docker/facts.ts";
import { waitUntilReady } from "../../src/docker/readiness.ts";
import { hasReadyMark } from "../../src/docker/ready-mark.ts";
import { removeContainer } from "../../src/docker/remove-container.ts";
import { inspect } from "../../src/docker/started-container.ts";
import type { Duration } from "../../src/model/duration.ts";
import { NotReady } from "../../src/sandbox/not-ready.ts";
import { engineProxy } from "../e2e/engine-gate.ts";
import { eventually } from "../eventually.ts";

const engine = engineHost(process.env);
const made: string[] = [];

afterEach(async () => {
  const docker = await connect(engine);
  for (const id of made.splice(0)) await docker.getContainer(id).remove({ force: true, v: true });
});

interface Given {
  readonly script: string;
  /** A command that Docker runs as a healthcheck. @default none */
  readonly probe?: string;
  /** The nanoseconds between two of its runs. @default ten times a second */
  readonly interval?: number;
  /** The consecutive failures that make it unhealthy. @default more than occur */
  readonly retries?: number;
  /** In mebibytes. @default no limit */
  readonly memory?: number;
}

/** Starts a container on the real engine. */
async function started({ script, probe, interval = 1e8, retries = 1000, memory }: Given) {
  const docker = await connect(engine);
  const container = await docker.createContainer({
    Image: "alpine:3.19",
    Cmd: ["sh", "-c", `trap exit TERM; ${script}`],
    Labels: { "nestbox.test": "readiness", "nestbox.kind": "service" },
    ...(probe !== undefined && {
      Healthcheck: { Test: ["CMD-SHELL", probe], Interval: interval, Timeout: 5e9, Retries: retries },
    }),
    HostConfig: {
      Init: true,
      ...(memory !== undefined && { Memory: memory * 1024 ** 2, MemorySwap: memory * 1024 ** 2 }),
    },
  });
  made.push(container.id);
  await container.start();
  return { engine, container: container.id };
}

const runs = "sleep 1000 & wait";
const healthy = (within: Duration) => ({ kind: "healthy", within }) as const;
const log = (pattern: string, within: Duration) =>
  ({ kind: "log", pattern, ignoreCase: false, within }) as const;
const completed = (within: Duration) => ({ kind: "completed", within }) as const;

/** Longer than a test may take. */
const LONG: Duration = "1h";

/** The real engine, answering as one of an API version that has no start interval. */
async function olderEngine() {
  const proxy = await engineProxy(() => ({ apiVersion: "1.41" }));
  return { ...proxy, engine: { ...engine, host: proxy.environment.DOCKER_HOST } };
}

test("without a start interval, a probe does not wait for the engine to run it", async () => {
  const older = await olderEngine();
  const script = `sleep 1; touch /up; ${runs}`;
  const container = await started({ script, probe: "echo not yet; test -e /up", interval: 3600e9 });
  const seen = { ...container, engine: older.engine };
  const labelled = async () => (await readContainers(older.engine, { id: [container.container] }))[0]?.health;
  expect(await labelled()).toBe("starting");
  await waitUntilReady(seen, { ...healthy(LONG), startEvery: "50ms" });
  // The engine itself has not looked.
  expect((await inspect(container)).State.Health?.Status).toBe("starting");
  expect(await labelled()).toBe("healthy");
  older.close();
});

test("the error of a probe that the engine does not run has its output", async () => {
  const older = await olderEngine();
  const slow = await started({
    script: `echo hum; ${runs}`,
    probe: "echo not yet; exit 3",
    interval: 3600e9,
  });
  await expect(waitUntilReady({ ...slow, engine: older.engine }, healthy("3s"))).rejects.toThrow(
    new NotReady(
      "not healthy within 3s\n  its probe ended with exit code 3:\n    not yet\n" +
        "  its last output:\n    hum",
    ),
  );
  const crash = await started({ script: "echo no disk; exit 7", probe: "true", interval: 3600e9 });
  await expect(waitUntilReady({ ...crash, engine: older.engine }, healthy(LONG))).rejects.toThrow(
    "ended with exit code 7",
  );
  older.close();
});

test("a container is ready by its probe, a line of its output, its exit code 0, or its start", async () => {
  await waitUntilReady(await started({ script: runs, probe: "true" }), healthy(LONG));
  await waitUntilReady(await started({ script: `echo one; echo two; ${runs}` }), log("^two$", LONG));
  await waitUntilReady(await started({ script: "exit 0" }), completed(LONG));
  await waitUntilReady(await started({ script: runs }), { kind: "started" });
});

test("a container that turns healthy before the engine follows its events is ready", async () => {
  const container = await started({ script: runs, probe: "sleep 0.5" });
  const isHealthy = async () => {
    const { State } = await (await connect(engine)).getContainer(container.container).inspect();
    expect(State.Health?.Status).toBe("healthy");
  };
  const proxy = await engineProxy(({ path }) =>
    path.startsWith("/events") ? { late: eventually(isHealthy, { within: "30s" }) } : {},
  );
  const throughProxy = { ...engine, host: proxy.environment.DOCKER_HOST };
  await waitUntilReady({ ...container, engine: throughProxy }, healthy("30s"));
  proxy.close();
});

test("a wait for health ends with the container, and the error has its output", async () => {
  const crash = await started({ script: "echo no disk; exit 7", probe: "true" });
  await expect(waitUntilReady(crash, log("never", LONG))).rejects.toThrow(
    new NotReady("ended with exit code 7\n  its last output:\n    no disk"),
  );
  await expect(waitUntilReady(crash, healthy(LONG))).rejects.toThrow(
    "ended with exit code 7\n  its last output:\n    no disk",
  );
  await expect(waitUntilReady(crash, completed(LONG))).rejects.toThrow("ended with exit code 7");
  await expect(waitUntilReady(crash, { kind: "started" })).rejects.toThrow("ended with exit code 7");
});

test("a wait ends when the container turns unhealthy, and the error has the probe's output", async () => {
  const sick = await started({ script: runs, probe: "echo no pulse; exit 5", retries: 2 });
  await expect(waitUntilReady(sick, healthy(LONG))).rejects.toThrow(
    new NotReady("unhealthy\n  its probe ended with exit code 5:\n    no pulse\n  its last output: none"),
  );
});

test("a wait has a limit", async () => {
  const slow = await started({ script: `echo hum; ${runs}`, probe: "echo not yet; false" });
  await expect(waitUntilReady(slow, healthy("1s"))).rejects.toThrow(
    new NotReady(
      "not healthy within 1s\n  its probe ended with exit code 1:\n    not yet\n" +
        "  its last output:\n    hum",
    ),
  );
  await expect(waitUntilReady(slow, log("never", "200ms"))).rejects.toThrow(
    "no line of its output matched /never/ within 200ms\n  ",
  );
  await expect(waitUntilReady(slow, completed("200ms"))).rejects.toThrow("has not ended within 200ms\n  ");
});

test("a container without a healthcheck is refused at once", async () => {
  await expect(waitUntilReady(await started({ script: runs }), healthy(LONG))).rejects.toThrow(
    "its image has no HEALTHCHECK; declare a probe of another kind",
  );
});

test("the error of a container out of memory names the limit", async () => {
  const greedy = await started({ script: "tail /dev/zero", memory: 16 });
  await expect(waitUntilReady(greedy, completed(LONG))).rejects.toThrow(
    // The engine does not always learn the reason.
    /^ended with exit code 137, (killed, perhaps )?out of memory: raise limits\.memory\n/,
  );
});

test("a ready line is recorded in the container", async () => {
  const chatty = await started({ script: `echo ready; ${runs}` });
  expect(await hasReadyMark(chatty)).toBe(false);
  await waitUntilReady(chatty, log("^ready$", LONG));
  expect(await hasReadyMark(chatty)).toBe(true);
  // The log is not read again: it may have been rotated.
  await waitUntilReady(chatty, log("^never$", LONG));
});

test("a container that the engine is removing has no ready mark", async () => {
  const asked: unknown[] = [];
  for (const _ of Array.from({ length: 5 })) {
    const container = await started({ script: runs });
    let isRemoved = false;
    const removal = removeContainer(engine, container.container).finally(() => {
      isRemoved = true;
    });
    await eventually(
      async () => {
        asked.push(await hasReadyMark(container).catch((error: unknown) => error));
        expect(isRemoved).toBe(true);
      },
      { within: LONG },
    );
    await removal;
    made.pop();
  }
  expect(new Set(asked)).toEqual(new Set([false]));
});
