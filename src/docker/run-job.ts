import { posix } from "node:path";
import type { Readable } from "node:stream";
import { json, text } from "node:stream/consumers";
import { archiveFolder } from "../machine/archive-folder.ts";
import { timerMilliseconds } from "../model/duration.ts";
import { PROJECT_FOLDER } from "../model/plan/predefined-variables.ts";
import type { JobEnd } from "../sandbox/job-end.ts";
import type { FollowedRun } from "../sandbox/job-run.ts";
import { jobSpan } from "../sandbox/part-span.ts";
import type { KeepArtifacts } from "../sandbox/running-sandbox.ts";
import { timed } from "../timings/timings.ts";
import { callDocker } from "./api.ts";
import { putArchive, readArchive, readContainerFile } from "./container-file.ts";
import { outputFrames } from "./container-output.ts";
import { type Creation, createContainer } from "./create-container.ts";
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
 * container. A failed removal does not change the result.
 */
export async function runJob(run: JobRun): Promise<JobEnd> {
  const { engine, job, timings } = run;
  const container = await timed(timings, jobSpan(job.key, "create"), () => createContainer(job, run));
  try {
    await copyProjectFiles(run, container);
    const end = await startAndFollow(run, container);
    const workingFolder = job.body.WorkingDir ?? "/";
    await keepArtifacts(run, end, (path) => readArchive(engine, container, posix.join(workingFolder, path)));
    if (end.kind !== "exited" || job.variablesFile === undefined) return end;
    const variables = await readContainerFile(engine, container, `${PROJECT_FOLDER}/${job.variablesFile}`);
    return { ...end, ...(variables !== undefined && { variables }) };
  } finally {
    await timed(timings, jobSpan(job.key, "remove"), () => remove(run, container));
  }
}

async function keepArtifacts(run: JobRun, end: JobEnd, read: Parameters<KeepArtifacts>[1]): Promise<void> {
  const { keepArtifacts: keep, job, timings } = run;
  if (keep !== undefined) await timed(timings, jobSpan(job.key, "artifacts"), () => keep(end, read));
}

/** Copies the project's files into the working folder of a container that has not started. */
async function copyProjectFiles(
  { engine, job, projectFolder, timings }: JobRun,
  container: string,
): Promise<void> {
  const { projectFiles, body } = job;
  if (projectFiles === undefined) return;
  await timed(timings, jobSpan(job.key, "copy files"), async () =>
    putArchive(engine, container, body.WorkingDir ?? "/", await archiveFolder(projectFolder, projectFiles)),
  );
}

async function remove({ engine, job, beforeRemoval, warn }: JobRun, container: string): Promise<void> {
  await beforeRemoval?.().catch((error) => warn(`the stack's end was not renewed: ${error.message}`));
  await removeContainer(engine, container).catch((error) =>
    warn(`container ${job.name}: not removed (${error.message}); run nestbox gc --yes`),
  );
}

async function startAndFollow({ signal, ...run }: JobRun, container: string): Promise<JobEnd> {
  const limit = AbortSignal.timeout(timerMilliseconds(run.job.timeout));
  const end = AbortSignal.any([signal, limit]);
  const ask = (request: string) =>
    callDocker(run.engine, { method: "POST", path: `/containers/${container}/${request}`, signal: end });
  try {
    const output = await ask("attach?stream=1&stdout=1&stderr=1");
    const drained = copyOutput(output, run);
    await timed(run.timings, jobSpan(run.job.key, "start"), async () => text(await ask("start")));
    // Only after the start: waiting for a container that does not run ends at once with 0.
    const exit = (await json(await ask("wait"))) as { readonly StatusCode: number };
    await drained;
    run.commandsEnded?.();
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
