import { askDocker } from "../../docker/api.ts";
import type { DockerHost } from "../../docker/host.ts";
import { runInContainer } from "../../docker/run-in-container.ts";

/** The version of gitlab-runner in a container: what the program reports, else the tag of the image. */
export async function readVersion(
  engine: DockerHost,
  { container, image, isRunning }: { container: string; image: string; isRunning: boolean },
  timeout: number,
): Promise<string | undefined> {
  const signal = () => AbortSignal.timeout(timeout);
  const reported = isRunning ? reportedVersion(engine, container, signal()) : Promise.resolve(undefined);
  return (
    (await reported.catch(() => undefined)) ?? versionInTag(engine, image, signal()).catch(() => undefined)
  );
}

async function reportedVersion(engine: DockerHost, container: string, signal: AbortSignal) {
  const words = ["gitlab-runner", "--version"];
  const { exitCode, output } = await runInContainer(engine, container, words, signal);
  return exitCode === 0 ? /Version:\s+(\d+\.\d+\S*)/.exec(output)?.[1] : undefined;
}

async function versionInTag(engine: DockerHost, image: string, signal: AbortSignal) {
  const path = `/images/${image}/json`;
  const { RepoTags: tags } = await askDocker<{ RepoTags?: readonly string[] | null }>(engine, path, {
    signal,
  });
  const versions = (tags ?? []).map((tag) => /gitlab-runner:(?:[a-z]+-)?v?(\d+\.\d+[\w.]*)/.exec(tag)?.[1]);
  return versions.find((version) => version !== undefined);
}
