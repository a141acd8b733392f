import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import declaredRunners from "../../../sandboxes/runners.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";
import { eventually } from "../../eventually.ts";
import { freePort } from "../../free-port.ts";
import { type CiJob, readCiJob } from "./ci-job.ts";
import { type CountedRegistry, countedRegistry } from "./counted-registry.ts";
import { isolationTests } from "./job-isolation.ts";
import {
  containersOf,
  hostAddress,
  logOf,
  plainJob,
  type RealRunner,
  realRunner,
  traceOf,
  written,
} from "./real-runner.ts";
import { inContainer, succeeded } from "./runner-project.ts";

// A real gitlab-runner with the rendered configuration, on a real engine. Only GitLab is a double.

let runner: RealRunner;
let upstream: CountedRegistry;
let metricsPort: number;
/** What the tests leave, and start with. */
let declared: readonly Runner[] = declaredRunners;

beforeAll(async () => {
  upstream = await countedRegistry(["redis:7-alpine"], await hostAddress());
  metricsPort = await freePort();
  runner = await realRunner({
    metricsPort,
    mirror: { upstream: upstream.url, port: await freePort() },
  });
}, 1_200_000);

beforeEach(() => runner.declare(declared));

afterAll(async () => {
  await runner?.remove();
  await upstream?.close();
}, 300_000);

const emitted = (sandbox: string, job: string): CiJob =>
  readCiJob(join(__dirname, "../../../.gitlab/nestbox", `${sandbox}.yml`), `${sandbox}:${job}`);

test("gitlab-runner accepts every key of the rendered config, and GitLab its tokens", async () => {
  const { container } = runner;
  const lint = ["gitlab-runner", "lint", "--config", "/etc/gitlab-runner/config.toml"];
  expect(await inContainer(container, "sh", "-c", '"$@" && echo passed', "lint", ...lint)).toMatch(
    /passed\n$/,
  );
  const unknownKey =
    "sed 's/^concurrent = /concurent = /' /etc/gitlab-runner/config.toml >/tmp/wrong.toml && " +
    "gitlab-runner lint --config /tmp/wrong.toml || echo refused";
  expect(await inContainer(container, "sh", "-c", unknownKey)).toMatch(/concurent[\s\S]*refused\n$/);
  const output = await inContainer(container, "gitlab-runner", "verify");
  expect(output.match(/is valid/g)).toHaveLength(declaredRunners.length);
});

describe("the emitted Docker-in-Docker job", () => {
  let trace: string;
  let sent: number;

  beforeAll(async () => {
    await runner.declare(declared);
    const before = upstream.sent();
    trace = await traceOf(runner.coordinator.give(emitted("whale", "redis-ping")));
    sent = upstream.sent() - before;
  }, 120_000);

  test("runs: a nested container reaches Redis by its alias", () => {
    expect(trace).toMatch(/\bPONG\b/);
    expect(sent).toBeGreaterThan(1_000_000);
  });

  test("pulls from the mirror the second time: no byte of an image comes from upstream", async () => {
    const before = upstream.sent();
    const second = await traceOf(runner.coordinator.give(emitted("whale", "redis-ping")));
    expect(second).toMatch(/Status: Downloaded newer image for redis:7-alpine[\s\S]*\bPONG\b/);
    expect(upstream.sent() - before).toBe(0);
  }, 120_000);
});

test("a job's exit code reaches GitLab", async () => {
  const job = runner.coordinator.give(plainJob("exit 7"));
  await traceOf(job, "failed");
  expect(job).toMatchObject({ exitCode: 7, failureReason: "script_failure" });
}, 60_000);

test("the next job of a project finds the pip cache of the previous one", async () => {
  const { coordinator } = runner;
  await traceOf(
    coordinator.give(
      plainJob('mkdir -p "$PIP_CACHE_DIR"', 'echo "kept by $CI_JOB_ID" >"$PIP_CACHE_DIR/word"'),
    ),
  );
  const trace = await traceOf(coordinator.give(plainJob('cat "$PIP_CACHE_DIR/word"')));
  expect(trace).toMatch(/kept by \d+/);
}, 60_000);

test("a changed limit reaches the running gitlab-runner without interrupting its job", async () => {
  const { coordinator, container, docker } = runner;
  const job = coordinator.give(
    plainJob('echo "has $((1 + 1)) hands"', "until [ -e /go ]; do sleep 0.1; done"),
  );
  await written(job, "has 2 hands");
  const [first, ...others] = declaredRunners;
  if (first === undefined) throw new Error("there is no runner");
  const loaded = async () => [
    ...(await logOf(container)).matchAll(/Configuration loaded.*max_builds\S*=(\d+)/g),
  ];
  const before = await loaded();
  declared = [{ ...first, limit: 3 }, ...others];
  await runner.declare(declared);
  const after = await eventually(
    async () => {
      const times = await loaded();
      expect(times.length).toBeGreaterThan(before.length);
      return times;
    },
    { within: "1m" },
  );
  expect([before, after].map((times) => times.at(-1)?.[1])).toEqual(["12", "11"]);
  const [build = ""] = await containersOf(job, "build");
  await docker.run("exec", build, "touch", "/go");
  await traceOf(job);
}, 120_000);

test("a job with an unknown tag waits", async () => {
  const { coordinator } = runner;
  const job = coordinator.give({ ...plainJob("true"), tags: ["docker", "gpu"] });
  const asked = coordinator.requests();
  await eventually(() => expect(coordinator.requests()).toBeGreaterThan(asked + 3), { within: "45s" });
  expect(job.state).toBe("waiting");
}, 60_000);

describe("a job", () =>
  isolationTests(
    () => runner,
    () => metricsPort,
  ));

test("removing the runner drains it: a running job finishes, and no other starts", async () => {
  const { coordinator, project, container, docker } = runner;
  const job = coordinator.give(
    plainJob(
      'echo "has $((1 + 1)) hands"',
      "until [ -e /go ]; do sleep 0.1; done",
      'echo "ended $((40 + 2))"',
    ),
  );
  await written(job, "has 2 hands");
  const removal = project.pulumi.pulumi("destroy", "--yes", "--skip-preview");
  await eventually(async () => expect(await signalsTo(container)).toContain("3"), { within: "1m" });
  const late = coordinator.give(plainJob("true"));
  const [build = ""] = await containersOf(job, "build");
  await docker.run("exec", build, "touch", "/go");
  expect(await traceOf(job)).toContain("ended 42");
  succeeded(await removal);
  expect(late.state).toBe("waiting");
  expect(project.gitlab.runners.size).toBe(0);
}, 180_000);

const started = Math.floor(Date.now() / 1000);

/** The signals that a container received from the engine. */
async function signalsTo(container: string): Promise<readonly string[]> {
  const now = String(Math.ceil(Date.now() / 1000));
  const events = await runner.docker.run(
    ...["events", "--since", String(started), "--until", now, "--filter", `container=${container}`],
    ...["--filter", "event=kill", "--format", "{{.Actor.Attributes.signal}}"],
  );
  return events.split("\n");
}
