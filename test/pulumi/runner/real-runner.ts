import { GITLAB_RUNNER_IMAGES } from "../../../airgap/images/stand-ins.ts";
import declaredRunners from "../../../sandboxes/runners.ts";
import { connect, engineHost } from "../../../src/docker/client.ts";
import { lookAtRunnerHost } from "../../../src/gitlab/runner/runner-host.ts";
import type { Runner } from "../../../src/model/runner.ts";
import type { RunnerMirrorArgs } from "../../../src/pulumi/runner/registry-mirror.ts";
import { eventually } from "../../eventually.ts";
import { type DockerCommand, dockerWith } from "../../setup/docker-command.ts";
import type { CiJob } from "./ci-job.ts";
import { type CoordinatorDouble, coordinatorDouble, type KeptJob } from "./coordinator-double.ts";
import { inContainer, type RunnerProject, runnerProject, succeeded } from "./runner-project.ts";

/**
 * A real gitlab-runner, kept by a stack with the runners that this project declares. Only GitLab is a double.
 */
export interface RealRunner {
  readonly project: RunnerProject;
  readonly coordinator: CoordinatorDouble;
  readonly docker: DockerCommand;
  /** The name of gitlab-runner's container. */
  readonly container: string;
  /** Brings the stack up with other runners. */
  declare(runners: readonly Runner[]): Promise<void>;
  remove(): Promise<void>;
}

const [RUNNER_IMAGE] = GITLAB_RUNNER_IMAGES;
const JOB_IMAGES = ["alpine:3.19", "redis:7-alpine", "docker:dind", "docker:25.0.0-cli", "registry:3"];
const LABEL = "com.gitlab.gitlab-runner";

/** @param settings what the tests of one file do not share */
export async function realRunner(settings: {
  readonly metricsPort: number;
  readonly mirror: (RunnerMirrorArgs & { readonly port: number }) | false;
}): Promise<RealRunner> {
  const docker = await dockerWith([RUNNER_IMAGE, ...JOB_IMAGES]);
  const project = await runnerProject();
  const coordinator = await coordinatorDouble(project.gitlab, await hostAddress());
  const declare = async (declared: readonly Runner[]) => {
    const runners = declared.map((runner) => ({ ...runner, pullPolicy: ["if-not-present"] }));
    const args = { ...settings, image: RUNNER_IMAGE, gitlabUrl: coordinator.url, scope: { project: 7 } };
    project.pulumi.write("said.json", JSON.stringify({ runner: { ...args, drain: "2m", runners } }));
    succeeded(await project.pulumi.pulumi("up", "--yes", "--skip-preview"));
  };
  await declare(declaredRunners);
  const { container } = await project.outputs();
  const identity = await eventually(
    async () => {
      const text = await inContainer(container, "cat", "/etc/gitlab-runner/.runner_system_id");
      if (!/^[rs]_/.test(text)) throw new Error(`gitlab-runner has no identity yet: ${text}`);
      return text;
    },
    { within: "1m" },
  );
  return {
    ...{ project, coordinator, docker, container, declare },
    async remove() {
      await project.remove();
      await removeJobs(identity.trim());
      await coordinator.close();
      await docker.removeAll();
    },
  };
}

/** The address of this machine for containers. */
export async function hostAddress(): Promise<string> {
  const { bridgeAddress } = await lookAtRunnerHost(engineHost());
  if (bridgeAddress === undefined) throw new Error("the engine has no default bridge");
  return bridgeAddress;
}

/**
 * gitlab-runner keeps the volumes of its jobs for the next. The rest is what jobs leave that a failed test
 * let nobody end.
 */
export async function removeJobs(identity: string): Promise<void> {
  const engine = await connect();
  const filters = JSON.stringify({ label: [`${LABEL}.runner.system_id=${identity}`] });
  for (const { Id } of await engine.listContainers({ all: true, filters })) {
    await engine.getContainer(Id).remove({ force: true, v: true });
  }
  for (const { Id } of await engine.listNetworks({ filters })) await engine.getNetwork(Id).remove();
  const { Volumes } = await engine.listVolumes({ filters });
  for (const { Name } of Volumes) await engine.getVolume(Name).remove();
}

/** A job for the least privileged runner. */
export function plainJob(...script: readonly string[]): CiJob {
  const variables = { GIT_STRATEGY: "empty" };
  return { name: "plain", tags: ["docker"], image: "alpine:3.19", services: [], variables, script };
}

/** The log of a job that has ended as it should. */
export async function traceOf(job: KeptJob, state: KeptJob["state"] = "success"): Promise<string> {
  const ended = await job.ended;
  const trace = ended.trace.toString();
  if (ended.state !== state) throw new Error(`the job ended with ${ended.state}:\n${trace}`);
  return trace;
}

/** What a container has written, to stderr too, where gitlab-runner's log goes. */
export async function logOf(container: string): Promise<string> {
  const engine = await connect();
  return (await engine.getContainer(container).logs({ stderr: true, stdout: true })).toString();
}

/**
 * Waits until a job that runs has written a text. Its command, which the log repeats, must not contain it.
 */
export async function written(job: KeptJob, text: string): Promise<void> {
  await eventually(
    () => {
      const trace = job.trace.toString();
      if (job.state !== "failed" && !trace.includes(text))
        throw new Error(`the job, ${job.state}, has not written "${text}":\n${trace}`);
    },
    { within: "90s" },
  );
  if (job.state === "failed") throw new Error(job.trace.toString());
}

/** The containers of a job that runs: `build` is its own. */
export async function containersOf(job: KeptJob, type?: "build" | "service"): Promise<readonly string[]> {
  const engine = await connect();
  const label = [`${LABEL}.job.id=${job.id}`, ...(type === undefined ? [] : [`${LABEL}.type=${type}`])];
  const found = await engine.listContainers({ all: true, filters: { label } });
  return found.map(({ Id }) => Id);
}
