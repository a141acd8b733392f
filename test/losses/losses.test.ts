import { expect, test } from "@jest/globals";
import { redis } from "../../src/catalog/redis.ts";
import { emission } from "../../src/emission/emission.ts";
import { type SandboxDefinition, sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { imageHealthcheck, log } from "../../src/model/probe.ts";
import type { Runner } from "../../src/model/runner/runner.ts";

const RUNNERS: readonly Runner[] = [{ name: "dind", tags: ["dind"], privilegedServices: ["docker:dind"] }];
const JOB = { image: "alpine:3.19", script: ["true"] };

function lossesOf<Connections>(definition: SandboxDefinition<Connections>): readonly string[] {
  return emission([plan(sandbox("box", definition), { profiles: "all" })], RUNNERS).losses.map(
    ({ path, target, instead }) => `${path} | ${target} | ${instead}`,
  );
}

test("what everything expresses is no loss", () => {
  expect(
    lossesOf({ services: { cache: redis() }, jobs: { tests: { ...JOB, env: { A: "b" }, before: ["a"] } } }),
  ).toEqual([]);
});

test("each service's losses are named once, however many jobs there are", () => {
  const services = {
    cache: redis({
      limits: { memory: "1GiB" },
      tmpfs: { "/tmp": "1MiB" },
      stop: { signal: "SIGINT" },
      publish: true,
    }),
  };
  expect(lossesOf({ services, jobs: { one: JOB, two: JOB } })).toEqual([
    "box.services.cache.tmpfs | gitlab services | the folder is on the disk of the container",
    "box.services.cache.limits | gitlab services | the limits in the runner's own configuration hold",
    "box.services.cache.publish | gitlab services | the port is reached from the job's own network alone",
    "box.services.cache.stop | gitlab services | the runner kills it when the job has ended",
  ]);
});

test("a probe that cannot be asked from outside is a loss, and the weaker wait is named", () => {
  const services = {
    a: { image: "a", ports: [1], probe: log(/up/) },
    b: { image: "a", probe: imageHealthcheck() },
  };
  expect(lossesOf({ services, jobs: { tests: JOB } })).toEqual([
    "box.services.a.probe | compose | waits until the service listens on its first port",
    "box.services.a.probe | gitlab services | the job waits until the first port can be dialled",
    "box.services.b.probe | gitlab services | it has no port to dial: nothing waits for it",
  ]);
});

test("in a compose file fixed ports, files of the project and time limits are losses, others are not", () => {
  const services = {
    free: redis({ publish: true, files: { "/etc/a": { content: "a" } } }),
    fixed: redis({ publish: { 6379: 6379 }, files: { "/etc/a": { path: "a" } } }),
  };
  const losses = lossesOf({ services, jobs: { tests: { ...JOB, timeout: "5m" } } });
  expect(losses.filter((loss) => !loss.includes("gitlab"))).toEqual([
    "box.services.fixed.publish | compose | a free port, so that two projects can run at once; `docker compose port` tells it",
    "box.services.fixed.files | compose | bound read-only from the checkout, with its owner and mode, and seen changing",
    "box.jobs.tests.timeout | compose | no limit",
  ]);
});

test("a volume in a job's own Docker daemon ends with it", () => {
  const jobs = { tests: { ...JOB, volumes: { "/data": "v" } } };
  expect(
    lossesOf({ volumes: ["v"], services: { cache: redis({ volumes: { "/data": "v" } }) }, jobs }),
  ).toEqual([
    "box.volumes | gitlab compose | the volume lives in the Docker daemon of the job, and ends with it",
  ]);
});
