import { expect, test } from "@jest/globals";
import { redis } from "../../src/catalog/redis.ts";
import { type SandboxDefinition, sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { imageHealthcheck, log } from "../../src/model/probe.ts";
import type { Runner } from "../../src/model/runner/runner.ts";
import { emitted } from "../emission/emitted.ts";

const RUNNERS: readonly Runner[] = [{ name: "dind", tags: ["dind"], privilegedServices: ["docker:dind"] }];
const JOB = { image: "alpine:3.19", script: ["true"] };

function lossesOf<Connections>(definition: SandboxDefinition<Connections>): readonly string[] {
  return emitted([plan(sandbox("box", definition), { profiles: "all" })], RUNNERS).losses.map(
    ({ path, target, instead }) => `${path} | ${target} | ${instead}`,
  );
}

test("properties that every target expresses are no losses", () => {
  expect(
    lossesOf({ services: { cache: redis() }, jobs: { tests: { ...JOB, env: { A: "b" }, before: ["a"] } } }),
  ).toEqual([]);
});

test("a service of several jobs has each loss once", () => {
  const services = {
    cache: redis({
      limits: { memory: "1GiB" },
      tmpfs: { "/tmp": "1MiB" },
      stop: { signal: "SIGINT" },
      publish: true,
    }),
  };
  expect(lossesOf({ services, jobs: { one: JOB, two: JOB } })).toEqual([
    "box.services.cache.tmpfs | gitlab services | a folder on the container's disk",
    "box.services.cache.limits | gitlab services | the limits in the runner's configuration apply",
    "box.services.cache.publish | gitlab services | the port is reachable only from the job's network",
    "box.services.cache.stop | gitlab services | the runner kills the service after the job",
  ]);
});

test("a probe that cannot run outside its container is a loss with a weaker wait", () => {
  const services = {
    a: { image: "a", ports: [1], probe: log(/up/) },
    b: { image: "a", probe: imageHealthcheck() },
  };
  expect(lossesOf({ services, jobs: { tests: JOB } })).toEqual([
    "box.services.a.probe | compose | waits until the first port accepts connections",
    "box.services.a.probe | gitlab services | the job waits until the first port accepts connections",
    "box.services.b.probe | gitlab services | no wait, since the service has no port",
  ]);
});

test("in a compose file fixed ports, project files and timeouts are losses", () => {
  const services = {
    free: redis({ publish: true, files: { "/etc/a": { content: "a" } } }),
    fixed: redis({ publish: { 6379: 6379 }, files: { "/etc/a": { path: "a" } } }),
  };
  const losses = lossesOf({ services, jobs: { tests: { ...JOB, timeout: "5m" } } });
  expect(losses.filter((loss) => !loss.includes("gitlab"))).toEqual([
    "box.services.fixed.publish | compose | " +
      "a free port, so that two projects can run at once; `docker compose port` prints it",
    "box.services.fixed.files | compose | " +
      "a read-only bind mount from the checkout, with its owner and mode; later changes are visible",
    "box.jobs.tests.timeout | compose | no limit",
  ]);
});

test("a volume in the job's Docker daemon is a loss", () => {
  const jobs = { tests: { ...JOB, volumes: { "/data": "v" } } };
  expect(
    lossesOf({ volumes: ["v"], services: { cache: redis({ volumes: { "/data": "v" } }) }, jobs }),
  ).toEqual([
    "box.volumes | gitlab compose | the volume is in the job's Docker daemon and is removed with it",
  ]);
});
