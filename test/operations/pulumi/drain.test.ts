import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { drainSeconds, watchDrain } from "../../../src/operations/pulumi/drain.ts";
import type { StepMetadata } from "../../../src/operations/pulumi/events.ts";

const container = (change: Partial<StepMetadata> = {}, kind = "runner"): StepMetadata => ({
  op: "delete",
  urn: "urn:pulumi:ci::nestbox::docker:index/container:Container::gitlab-runner",
  type: "docker:index/container:Container",
  old: { inputs: { labels: [{ label: "nestbox.kind", value: kind }], destroyGraceSeconds: 7200 } },
  ...change,
});

describe("a drain is", () => {
  test("the removal of a runner's container, also for a replacement", () => {
    expect(drainSeconds(container())).toBe(7200);
    expect(drainSeconds(container({ op: "delete-replaced" }))).toBe(7200);
  });

  test("nothing else", () => {
    expect(drainSeconds(container({}, "service"))).toBeUndefined();
    expect(drainSeconds(container({ op: "create" }))).toBeUndefined();
    expect(drainSeconds(container({ type: "docker:index/network:Network" }))).toBeUndefined();
    expect(drainSeconds({ ...container(), old: {} })).toBeUndefined();
  });
});

describe("the reports of a drain", () => {
  /** A double of an engine that lists containers: a real one would need gitlab-runner and jobs. */
  let engine: Server;
  let jobs: readonly string[] | "broken";

  beforeEach(async () => {
    engine = createServer((request, response) => {
      if (jobs === "broken") return request.socket.destroy();
      expect(decodeURIComponent(request.url ?? "")).toContain("com.gitlab.gitlab-runner.managed=true");
      const labels = jobs.map((id) => ({ Labels: { "com.gitlab.gitlab-runner.job.id": id } }));
      response.end(JSON.stringify(labels));
    });
    engine.listen(0, "127.0.0.1");
    await once(engine, "listening");
  });

  afterEach(() => {
    engine.closeAllConnections();
    engine.close();
  });

  test("count jobs, not containers; ignore failed queries; repeat no number", async () => {
    const { port } = engine.address() as AddressInfo;
    const host = { host: `tcp://127.0.0.1:${port}`, origin: "double", isChosen: true };
    // The build and the service of job 7, and another job.
    const course: (typeof jobs)[] = [["7", "7", "8"], "broken", ["7", "7"], ["7"], []];
    const told: string[] = [];
    jobs = course[0] ?? [];
    await new Promise<void>((resolve) => {
      const next = () => {
        jobs = course.shift() ?? [];
      };
      engine.on("request", () => setImmediate(next));
      next();
      const stop = watchDrain(host, 7200, (text) => {
        told.push(text);
        if (!text.includes("no job")) return;
        stop();
        resolve();
      });
    });
    expect(told).toEqual([
      "draining: 2 jobs running, up to 2 h",
      "draining: 1 job running, up to 2 h",
      "draining: no jobs running",
    ]);
  }, 20_000);
});
