import type Docker from "dockerode";
import { timerMilliseconds } from "../model/duration.ts";
import { PROJECT_FOLDER } from "../model/plan/predefined-variables.ts";
import { callDocker, readText } from "./api.ts";
import { readContainerFile } from "./container-file.ts";
import { createContainer } from "./create-container.ts";
import type { DockerHost } from "./host.ts";
import type { DockerJob } from "./lowering/job.ts";
import { archiveFolder } from "./project-files.ts";

/** What running a job takes. */
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
  /**
   * Is called once the job has ended and before it is removed: as long as it is there, its stack is in use.
   * @default nothing
   */
  readonly beforeRemoval?: () => Promise<unknown>;
  /** Is told what could not be done after the job's end, which says nothing about the job. */
  readonly warn: (message: string) => void;
}

/** How a job ended. */
export type JobEnd =
  /** `variables`: what is in the job's `variablesFile`. Undefined without one, and when it wrote none. */
  | { readonly kind: "exited"; readonly exitCode: number; readonly variables?: string }
  | { readonly kind: "timed out" }
  | { readonly kind: "interrupted" };

/**
 * Runs a job in a container of its own on the sandbox's networks, streaming its output. Whatever happens, its
 * container and volumes are removed; should one of them not go, the others do, and the job has ended as it
 * has.
 */
export async function runJob(run: JobRun): Promise<JobEnd> {
  const { engine, docker, job, secrets, projectFolder } = run;
  const leftovers: Leftover[] = [];
  try {
    const { projectFiles } = job;
    if (projectFiles !== undefined) {
      const { Name: volume, Labels } = projectFiles.volume;
      await docker.createVolume({ Name: volume, Labels: { ...Labels } });
      leftovers.unshift({ what: `volume ${volume}`, remove: () => docker.getVolume(volume).remove() });
      await fillVolume(run, projectFiles);
    }
    const container = docker.getContainer(await createContainer(job, { engine, secrets, projectFolder }));
    leftovers.unshift({
      what: `container ${job.name}`,
      remove: () => container.remove({ force: true, v: true }),
    });
    const end = await startAndFollow(run, container);
    if (end.kind !== "exited" || job.variablesFile === undefined) return end;
    const variables = await readContainerFile(engine, container.id, `${PROJECT_FOLDER}/${job.variablesFile}`);
    return { ...end, ...(variables !== undefined && { variables }) };
  } finally {
    await removeAll(run, leftovers);
  }
}

/** What a job is made of, and how it goes. */
interface Leftover {
  readonly what: string;
  readonly remove: () => Promise<unknown>;
}

async function removeAll({ beforeRemoval, warn }: JobRun, leftovers: readonly Leftover[]): Promise<void> {
  const failed = (what: string) => (error: unknown) => warn(`${what}: ${ownWords(error)}`);
  await beforeRemoval?.().catch(failed("the stack's end was not renewed"));
  for (const { what, remove } of leftovers)
    await remove()
      .catch(ignoreMissing)
      .catch(failed(`${what} is still there, for nestbox gc --yes to remove`));
}

/** What the engine itself has said, without what dockerode puts around it. */
function ownWords(error: unknown): string {
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
  // Not before: a container that has not started yet is not running either, and waiting for it ends at once
  // with 0.
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
 * Waits until a container has ended. Without dockerode, which waits for ever for an answer that breaks off
 * after its first line, as it does when the engine is killed.
 */
async function exitCodeOf(engine: DockerHost, container: string): Promise<number> {
  const answer = await callDocker(engine, { method: "POST", path: `/containers/${container}/wait` });
  return (JSON.parse(await readText(answer)) as { readonly StatusCode: number }).StatusCode;
}

/** A container that is never started gives access to the volume, which the job itself sees read-only. */
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
