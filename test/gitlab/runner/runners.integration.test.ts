import { afterEach, beforeAll, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../../bench/connect.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { type RunnerContainer, readRunners } from "../../../src/gitlab/runner/runners.ts";
import { runnerDouble } from "../../doctor/runner/runner-double.ts";

// The engine is real; the runner and its job containers are doubles with the labels of gitlab-runner 19.4.

const project = `engine-runners-${process.pid}`;
const OWN = `s_own${process.pid}`;
let docker: Docker;
let containers: Docker.Container[] = [];

beforeAll(async () => {
  docker = await connect();
});
afterEach(async () => {
  await Promise.all(containers.map((container) => container.remove({ force: true })));
  containers = [];
});

async function jobContainer(job: string, systemId: string, isRunning = true): Promise<void> {
  const container = await docker.createContainer({
    Image: "alpine:3.19",
    Cmd: ["sleep", "600"],
    StopSignal: "SIGKILL",
    Labels: {
      "com.gitlab.gitlab-runner.managed": "true",
      "com.gitlab.gitlab-runner.job.id": job,
      "com.gitlab.gitlab-runner.runner.system_id": systemId,
      "nestbox.test": project,
    },
  });
  containers.push(container);
  if (isRunning) await container.start();
}

async function own(): Promise<RunnerContainer | undefined> {
  return (await readRunners(engineHost(process.env))).find((runner) => runner.project === project);
}

test("a runner's jobs are its running ones by system ID, each counted once", async () => {
  const runner = await runnerDouble(docker, { project, env: [], config: "", systemId: `${OWN}\n` });
  containers.push(runner);
  await runner.start();
  expect(await own()).toMatchObject({ name: `${project}-runner`, stack: "ci", state: "running", jobs: 0 });
  await jobContainer("7", OWN);
  await jobContainer("7", OWN);
  await jobContainer("8", OWN);
  await jobContainer("9", OWN, false);
  await jobContainer("10", "s_another");
  expect((await own())?.jobs).toBe(2);
});

test("a runner that has never started is listed without jobs", async () => {
  containers.push(await runnerDouble(docker, { project, env: [], config: "" }));
  const runner = await own();
  expect(runner).toMatchObject({ state: "created" });
  expect(runner).not.toHaveProperty("jobs");
});
