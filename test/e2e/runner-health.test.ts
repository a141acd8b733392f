import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { GITLAB_RUNNER_IMAGES } from "../../airgap/images/stand-ins.ts";
import type { ListAnswer } from "../../src/cli/answers/answers.ts";
import type { ListedRunner } from "../../src/cli/tables/runner-list.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import type { Check } from "../../src/doctor/check.ts";
import type { InspectedRunner } from "../../src/doctor/runner/inspect-runners.ts";
import { inspectRunnerHost } from "../../src/gitlab/runner/runner-host.ts";
import { readSystemId } from "../../src/gitlab/runner/runners.ts";
import { type GitLabDouble, gitlabDouble, TOKENS } from "../airgap/gitlab-provider/gitlab-double.ts";
import { eventually } from "../eventually.ts";
import { freePort } from "../free-port.ts";
import { type CoordinatorDouble, coordinatorDouble } from "../pulumi/runner/coordinator-double.ts";
import { containersOf, plainJob, removeJobs, traceOf, written } from "../pulumi/runner/real-runner.ts";
import { type DockerCommand, dockerWith } from "../setup/docker-command.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

// The engine, gitlab-runner and the registry mirror are real; GitLab is a double.

let docker: DockerCommand;
let gitlab: GitLabDouble;
let coordinator: CoordinatorDouble;
let project: UserProject;

beforeAll(async () => {
  docker = await dockerWith([...GITLAB_RUNNER_IMAGES, "registry:3", "alpine:3.19"]);
  const { bridgeAddress = "127.0.0.1" } = await inspectRunnerHost(engineHost(process.env));
  gitlab = await gitlabDouble();
  coordinator = await coordinatorDouble(gitlab, bridgeAddress);
  project = userProject("e2e-runner-health");
  project.configure({
    sandboxes: [],
    runner: { gitlabUrl: coordinator.url, project: 7, mirror: { port: await freePort() } },
  });
  project.declare();
  declareRunners(4);
  succeeded(await nestbox("up"));
  await listed();
  // gitlab-runner is compiled if its image cannot be pulled.
}, 1_200_000);

beforeEach(async () => {
  declareRunners(4);
  if (inShort(await examined()).join() === HEALTHY.join()) return;
  succeeded(await repair());
});

afterAll(async () => {
  await removeJobs((await readSystemId(engineHost(process.env), (await listed()).container)) ?? "");
  await nestbox("down");
  await project.remove();
  await coordinator.close();
  await gitlab.close();
});

function declareRunners(limit: number): void {
  const runners = [
    { name: "containers", tags: ["docker"], limit },
    { name: "dind", tags: ["dind"], privilegedServices: ["docker:dind"], sharedFolders: ["/certs/client"] },
  ];
  project.write("sandboxes/runners.ts", `export default ${JSON.stringify(runners)};\n`);
}

function succeeded({ exitCode, stdout, stderr }: CommandEnd): void {
  expect([exitCode, exitCode === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
}

function nestbox(...words: readonly string[]): Promise<CommandEnd> {
  return project.nestbox(words, { GITLAB_TOKEN: TOKENS.whole });
}

/** The runner in `ls`, once gitlab-runner has its identity, which it creates at its start. */
async function listed(): Promise<ListedRunner> {
  const { runner } = await eventually(
    async () => {
      const { stdout } = await nestbox("ls", "--runners", "--json");
      const { runners = [] } = JSON.parse(stdout) as ListAnswer;
      const runner = runners.find(({ stack }) => stack === project.stack);
      expect(runner?.jobs).toBeDefined();
      return { runner };
    },
    { within: "1m" },
  );
  if (runner === undefined) throw new Error("the runner is not listed");
  return runner;
}

async function examined(): Promise<readonly Check[]> {
  const { stdout } = await nestbox("doctor", "--json");
  for (const { token } of gitlab.runners.values()) expect(stdout).not.toContain(token);
  const { runners } = JSON.parse(stdout) as { readonly runners: readonly InspectedRunner[] };
  return runners.find(({ stack }) => stack === project.stack)?.checks ?? [];
}

const inShort = (checks: readonly Check[]) => checks.map(({ id, state }) => `${id} ${state}`);

/** The checks of the runner of `up`. */
const HEALTHY = [
  ...["runner good", "runner-version good", "runner-config good", "runner-room good", "runner-metrics good"],
  ...["gitlab good", "gitlab-from-runner good", "registry-mirror good", "engine-mirror warning"],
  ...["runner-token good", "runner-token good"],
];

/** Repairs what `up` does not see: a runner that was deleted in GitLab. */
function repair(): Promise<CommandEnd> {
  return nestbox("pulumi", "up", "--refresh", "--yes", "--skip-preview");
}

/** Deletes a runner in GitLab. gitlab-runner notices it. */
async function deleteRunner(): Promise<void> {
  const [removed] = gitlab.runners.keys();
  gitlab.runners.delete(Number(removed));
  await eventually(
    async () =>
      expect(await listed()).toMatchObject({
        state: "unhealthy",
        complaint: expect.stringMatching(/GitLab refuses its token$/),
      }),
    { within: "1m" },
  );
}

test("the runner of up is healthy, and listed", async () => {
  succeeded(await nestbox("up"));
  expect(await listed()).toMatchObject({ state: "running", jobs: 0 });
  expect(inShort(await examined())).toEqual(HEALTHY);
});

test("a running job is listed", async () => {
  const job = coordinator.give(
    plainJob('echo "has $((1 + 1)) hands"', "until [ -e /go ]; do sleep 0.1; done"),
  );
  await written(job, "has 2 hands");
  expect(await listed()).toMatchObject({ jobs: 1 });
  expect((await examined())[0]?.finding).toMatch(/ is running, 1 job$/);
  const [build = ""] = await containersOf(job, "build");
  await docker.run("exec", build, "touch", "/go");
  await traceOf(job);
  await eventually(async () => expect(await listed()).toMatchObject({ jobs: 0 }), { within: "1m" });
});

test("a changed declaration and a runner that was deleted in GitLab are reported", async () => {
  declareRunners(2);
  await deleteRunner();
  const checks = await examined();
  expect(inShort(checks).filter((line) => !line.endsWith(" good"))).toEqual([
    ...["runner-config warning", "engine-mirror warning", "runner-token problem"],
  ]);
  expect(checks.find(({ id }) => id === "runner-config")?.finding).toMatch(
    /declared runners: concurrent, runners\.containers\.limit/,
  );
});

test("a removed container is reported, and up recreates it", async () => {
  const { container } = await listed();
  await docker.run("rm", "--force", "--volumes", container);
  const { exitCode: found, stdout: report } = await nestbox("doctor");
  expect(found).toBe(1);
  expect(report).toMatch(/no container {2}runner of [^\n]+\n✗ the container is missing/);
  succeeded(await nestbox("up"));
  expect(await listed()).toMatchObject({ state: "running", jobs: 0 });
});

test("up with a refresh repairs the runner", async () => {
  await deleteRunner();
  succeeded(await repair());
  expect(inShort(await examined()).filter((line) => !line.endsWith(" good"))).toEqual([
    "engine-mirror warning",
  ]);
});
