import type Docker from "dockerode";
import { timerMilliseconds } from "../model/duration.ts";
import { PROJECT_FOLDER } from "../model/plan/predefined-variables.ts";
import { callDocker, readText } from "./api.ts";
import { readContainerFile } from "./container-file.ts";
import { createContainer } from "./create-container.ts";
import type { DockerHost } from "./host.ts";
import type { DockerJob } from "./lowering/job.ts";
import { archiveFolder } from "./project-files.ts";

/** The inputs of a job run. */
export interface JobRun {
  readonly engine: DockerHost;
  readonly docker: Docker;
  readonly job: DockerJob;
  /** The values of secrets, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly projectFolder: string;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Ends the job early, for Ctrl-C. */
  readonly signal: AbortSignal;
  /** Called between the job's end and its removal. Its container keeps the stack in use. @default nothing */
  readonly beforeRemoval?: () => Promise<unknown>;
  /** Receives failures after the job's end. They do not change its result. */
  readonly warn: (message: string) => void;
}

/** The result of a job. */
export type JobEnd =
  /** `variables`: the content of the job's `variablesFile`; undefined if the job wrote none. */
  | { readonly kind: "exited"; readonly exitCode: number; readonly variables?: string }
  | { readonly kind: "timed out" }
  | { readonly kind: "interrupted" };

/**
 * Runs a job in a new container on the sandbox's networks, and streams its output. Always removes its
 * container and volumes. A failed removal does not change the result.
 */
export async function runJob(run: JobRun): Promise<JobEnd> {
  const { engine, docker, job, secrets, projectFolder } = run;
  const created: CreatedResource[] = [];
  try {
    const { projectFiles } = job;
    if (projectFiles !== undefined) {
      const { Name: volume, Labels } = projectFiles.volume;
      await docker.createVolume({ Name: volume, Labels: { ...Labels } });
      created.unshift({ name: `volume ${volume}`, remove: () => docker.getVolume(volume).remove() });
      await fillVolume(run, projectFiles);
    }
    const container = docker.getContainer(await createContainer(job, { engine, secrets, projectFolder }));
    created.unshift({
      name: `container ${job.name}`,
      remove: () => container.remove({ force: true, v: true }),
    });
    const end = await startAndFollow(run, container);
    if (end.kind !== "exited" || job.variablesFile === undefined) return end;
    const variables = await readContainerFile(engine, container.id, `${PROJECT_FOLDER}/${job.variablesFile}`);
    return { ...end, ...(variables !== undefined && { variables }) };
  } finally {
    await removeAll(run, created);
  }
}

/** A resource that the run created. */
interface CreatedResource {
  /** With its kind, for messages. */
  readonly name: string;
  readonly remove: () => Promise<unknown>;
}

async function removeAll(
  { beforeRemoval, warn }: JobRun,
  created: readonly CreatedResource[],
): Promise<void> {
  await beforeRemoval?.().catch((error) => warn(`the stack's end was not renewed: ${engineMessage(error)}`));
  for (const { name, remove } of created)
    await remove()
      .catch(ignoreMissing)
      .catch((error) => warn(`${name}: not removed (${engineMessage(error)}); run nestbox gc --yes`));
}

/** The engine's own message, without dockerode's prefix. */
function engineMessage(error: unknown): string {
  const { json, message = "" } = error as Partial<Error> & { readonly json?: { readonly message?: string } };
  return json?.message ?? message;
}

async function startAndFollow(run: JobRun, container: Docker.Container): Promise<JobEnd> {
  const { docker, job, stdout, stderr, signal } = run;
  if (signal.aborted) return { kind: "interrupted" };
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  docker.modem.demuxStream(stream, stdout, stderr);
  const drained = new Promise((resolve) => stream.once("close", resolve).once("end", resolve));
  await container.start();
  // Only after the start: waiting for a container that does not run ends at once with 0.
  const exited = exitCodeOf(run.engine, container.id);
  const ended = new AbortController();
  try {
    return await Promise.race([
      exited.then(async (exitCode): Promise<JobEnd> => {
        await drained;
        return { kind: "exited", exitCode };
      }),
      afterMilliseconds(timerMilliseconds(job.timeout), ended.signal).then(
        (): JobEnd => ({ kind: "timed out" }),
      ),
      whenAborted(signal, ended.signal).then((): JobEnd => ({ kind: "interrupted" })),
    ]);
  } finally {
    ended.abort();
  }
}

/**
 * The exit code of a container, once it has ended. Not with dockerode, which hangs if the engine is killed
 * within an answer.
 */
async function exitCodeOf(engine: DockerHost, container: string): Promise<number> {
  const answer = await callDocker(engine, { method: "POST", path: `/containers/${container}/wait` });
  return (JSON.parse(await readText(answer)) as { readonly StatusCode: number }).StatusCode;
}

/** Fills the volume of the project's files through a container that never starts: the job mounts it read-only. */
async function fillVolume(
  { docker, job: { body }, projectFolder }: JobRun,
  { folder, volume }: NonNullable<DockerJob["projectFiles"]>,
): Promise<void> {
  const archive = await archiveFolder(projectFolder, folder);
  const filler = await docker.createContainer({
    Image: body.Image,
    Labels: { ...body.Labels },
    Entrypoint: ["true"],
    HostConfig: { NetworkMode: "none", Mounts: [{ Type: "volume", Source: volume.Name, Target: "/files" }] },
  });
  try {
    await filler.putArchive(archive, { path: "/files" });
  } finally {
    await filler.remove({ force: true, v: true });
  }
}

function afterMilliseconds(time: number, cancelled: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, time);
    cancelled.addEventListener("abort", () => clearTimeout(timer), { once: true });
  });
}

function whenAborted(signal: AbortSignal, cancelled: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true, signal: cancelled });
  });
}

function ignoreMissing(error: { readonly statusCode?: number }): void {
  if (error.statusCode !== 404) throw error;
}
