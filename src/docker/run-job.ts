import type { Readable } from "node:stream";
import { json, text } from "node:stream/consumers";
import { archiveFolder } from "../machine/archive-folder.ts";
import { timerMilliseconds } from "../model/duration.ts";
import { PROJECT_FOLDER } from "../model/plan/predefined-variables.ts";
import type { JobEnd } from "../running/job-end.ts";
import type { FollowedRun } from "../running/job-run.ts";
import { askDocker, callDocker } from "./api.ts";
import { putArchive, readContainerFile } from "./container-file.ts";
import { outputFrames } from "./container-output.ts";
import { type Creation, createContainer } from "./create-container.ts";
import { createEmptyVolume, removeVolume } from "./empty-volume.ts";
import type { DockerJob } from "./lowering/lower-job.ts";
import { removeContainer } from "./remove-container.ts";

export interface JobRun extends FollowedRun, Creation {
  readonly job: DockerJob;
  readonly stderr: NodeJS.WritableStream;
  /** Called between the job's end and its removal. Its container keeps the stack in use. @default nothing */
  readonly beforeRemoval?: () => Promise<unknown>;
}

/**
 * Runs a job in a new container on the sandbox's networks, and streams its output. Always removes its
 * container and volumes. A failed removal does not change the result.
 */
export async function runJob(run: JobRun): Promise<JobEnd> {
  const { engine, job } = run;
  const { projectFiles } = job;
  const created = new Map<string, () => Promise<unknown>>();
  try {
    if (projectFiles !== undefined) {
      const { Name: volume, Labels } = projectFiles.volume;
      await createEmptyVolume(engine, volume, Labels);
      created.set(`volume ${volume}`, () => removeVolume(engine, volume));
      await fillVolume(run, projectFiles);
    }
    const container = await createContainer(job, run);
    created.set(`container ${job.name}`, () => removeContainer(engine, container));
    const end = await startAndFollow(run, container);
    if (end.kind !== "exited" || job.variablesFile === undefined) return end;
    const variables = await readContainerFile(engine, container, `${PROJECT_FOLDER}/${job.variablesFile}`);
    return { ...end, ...(variables !== undefined && { variables }) };
  } finally {
    await removeAll(run, created);
  }
}

/** @param created how to remove what was created, by kind and name */
async function removeAll(
  { beforeRemoval, warn }: JobRun,
  created: ReadonlyMap<string, () => Promise<unknown>>,
) {
  await beforeRemoval?.().catch((error) => warn(`the stack's end was not renewed: ${error.message}`));
  // The container first: it uses the volume.
  for (const [name, remove] of [...created].reverse())
    await remove().catch((error) => warn(`${name}: not removed (${error.message}); run nestbox gc --yes`));
}

async function startAndFollow({ signal, ...run }: JobRun, container: string): Promise<JobEnd> {
  const limit = AbortSignal.timeout(timerMilliseconds(run.job.timeout));
  const end = AbortSignal.any([signal, limit]);
  const ask = (request: string) =>
    callDocker(run.engine, { method: "POST", path: `/containers/${container}/${request}`, signal: end });
  try {
    const drained = copyOutput(await ask("attach?stream=1&stdout=1&stderr=1"), run);
    await text(await ask("start"));
    // Only after the start: waiting for a container that does not run ends at once with 0.
    const exit = (await json(await ask("wait"))) as { readonly StatusCode: number };
    await drained;
    end.throwIfAborted();
    return { kind: "exited", exitCode: exit.StatusCode };
  } catch (error) {
    if (signal.aborted) return { kind: "interrupted" };
    if (limit.aborted) return { kind: "timed out" };
    throw error;
  }
}

/** Copies the output of a job until it ends, or its connection does. */
async function copyOutput(
  output: Readable,
  { stdout, stderr }: Pick<JobRun, "stdout" | "stderr">,
): Promise<void> {
  try {
    for await (const { isError, data } of outputFrames(output)) (isError ? stderr : stdout).write(data);
  } catch {
    // The engine is gone, which the wait for the exit code reports.
  }
}

/** Fills the volume of the project's files through a container that never starts. */
async function fillVolume(
  { engine, job: { body }, projectFolder }: JobRun,
  { folder, volume }: NonNullable<DockerJob["projectFiles"]>,
): Promise<void> {
  const archive = await archiveFolder(projectFolder, folder);
  const mount = { Type: "volume", Source: volume.Name, Target: "/files" };
  const { Id: filler } = await askDocker<{ readonly Id: string }>(engine, "/containers/create", {
    method: "POST",
    body: {
      ...{ Image: body.Image, Labels: body.Labels, Entrypoint: ["true"] },
      HostConfig: { NetworkMode: "none", Mounts: [mount] },
    },
  });
  try {
    await putArchive(engine, filler, "/files", archive);
  } finally {
    await removeContainer(engine, filler);
  }
}
