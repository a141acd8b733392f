import { GITLAB_RUNNER_IMAGES } from "../../../airgap/images/stand-ins.ts";
import { connect } from "../../../bench/connect.ts";
import declaredRunners from "../../../sandboxes/runners.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { inspectRunnerHost } from "../../../src/gitlab/runner/runner-host.ts";
import { type Runner, runsOnEngine } from "../../../src/model/runner/runner.ts";
import type { RunnerMirrorArgs } from "../../../src/pulumi/runner/mirror-container.ts";
import { eventually } from "../../eventually.ts";
import { type DockerCommand, dockerWith } from "../../setup/docker-command.ts";
import type { CiJob } from "./ci-job.ts";
import { type CoordinatorDouble, coordinatorDouble, type KeptJob } from "./coordinator-double.ts";
import { inContainer, type RunnerProject, runnerProject } from "./runner-project.ts";

/** A real gitlab-runner of a stack with this project's declared runners. Only GitLab is a double. */
export interface RealRunner {
  readonly project: RunnerProject;
  readonly coordinator: CoordinatorDouble;
  readonly docker: DockerCommand;
  /** The name of gitlab-runner's container. */
  readonly container: string;
  /** Updates the stack with other runners, or creates it again. */
  declare(runners: readonly Runner[]): Promise<void>;
  remove(): Promise<void>;
}

const [RUNNER_IMAGE] = GITLAB_RUNNER_IMAGES;
const JOB_IMAGES = ["alpine:3.19", "redis:7-alpine", "docker:dind", "docker:25.0.0-cli", "registry:3"];
const LABEL = "com.gitlab.gitlab-runner";

/** @param settings ports that nobody else uses */
export async function realRunner(settings: {
  readonly metricsPort: number;
  readonly mirror: (RunnerMirrorArgs & { readonly port: number }) | false;
}): Promise<RealRunner> {
  const docker = await dockerWith([RUNNER_IMAGE, ...JOB_IMAGES]);
  const project = await runnerProject();
  const coordinator = await coordinatorDouble(project.gitlab, await hostAddress());
  const systemIds = new Set<string>();
  let container = "";
  const declare = async (declared: readonly Runner[]) => {
    const runners = declared
      .filter(runsOnEngine)
      .map((runner) => ({ ...runner, pullPolicy: ["if-not-present"] as const }));
    const args = { ...settings, image: RUNNER_IMAGE, gitlabUrl: coordinator.url, scope: { project: 7 } };
    const hasChanged = await project.bringUp({ ...args, drain: "2m", runners });
    if (!hasChanged) return;
    ({ container } = project.outputs());
    systemIds.add(await systemIdOf(container));
  };
  await declare(declaredRunners);
  return {
    ...{ project, coordinator, docker, declare },
    get container() {
      return container;
    },
    async remove() {
      await project.remove();
      for (const systemId of systemIds) await removeJobs(systemId);
      await coordinator.close();
      await docker.removeAll();
    },
  };
}

/** The identity that gitlab-runner creates at its first start. */
async function systemIdOf(container: string): Promise<string> {
  return eventually(
    async () => {
      const text = await inContainer(container, "cat", "/etc/gitlab-runner/.runner_system_id");
      if (!/^[rs]_/.test(text)) throw new Error(`gitlab-runner has no identity yet: ${text}`);
      return text.trim();
    },
    { within: "1m" },
  );
}

/** The address of this machine for containers. */
export async function hostAddress(): Promise<string> {
  const { bridgeAddress } = await inspectRunnerHost(engineHost(process.env));
  if (bridgeAddress === undefined) throw new Error("the engine has no default bridge");
  return bridgeAddress;
}

/** Removes cache volumes of jobs, and the resources of jobs that a failed test left running. */
export async function removeJobs(systemId: string): Promise<void> {
  const engine = await connect();
  const filters = JSON.stringify({ label: [`${LABEL}.runner.system_id=${systemId}`] });
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

/** The log of a job that ended with this state. */
export async function traceOf(job: KeptJob, state: KeptJob["state"] = "success"): Promise<string> {
  const ended = await job.ended;
  const trace = ended.trace.toString();
  if (ended.state !== state) throw new Error(`the job ended with ${ended.state}:\n${trace}`);
  return trace;
}

/** The output of a container, with stderr, to which gitlab-runner logs. */
export async function logOf(container: string): Promise<string> {
  const engine = await connect();
  return (await engine.getContainer(container).logs({ stderr: true, stdout: true })).toString();
}

/** Waits for a text in a running job's log. The log has the commands too: they must not contain the text. */
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

/** The containers of a running job; `build` is the main one. */
export async function containersOf(job: KeptJob, type?: "build" | "service"): Promise<readonly string[]> {
  const engine = await connect();
  const label = [`${LABEL}.job.id=${job.id}`, ...(type === undefined ? [] : [`${LABEL}.type=${type}`])];
  const found = await engine.listContainers({ all: true, filters: { label } });
  return found.map(({ Id }) => Id);
}
