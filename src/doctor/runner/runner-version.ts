import { askDocker } from "../../docker/api.ts";
import type { DockerHost } from "../../docker/host.ts";
import { runInContainer } from "../../docker/run-in-container.ts";

/** The version that `gitlab-runner --version` reports in its container. */
export async function readVersion(
  engine: DockerHost,
  container: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { exitCode, output } = await runInContainer(
      engine,
      container,
      ["gitlab-runner", "--version"],
      signal,
    );
    return exitCode === 0 ? /Version:\s+(\d+\.\d+\S*)/.exec(output)?.[1] : undefined;
  } catch {
    return undefined;
  }
}

/** The version in a tag of the image, for a container that is not running. */
export async function versionInTag(
  engine: DockerHost,
  image: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { RepoTags: tags } = await askDocker<{ readonly RepoTags?: readonly string[] | null }>(
      engine,
      `/images/${image}/json`,
      { signal },
    );
    return (tags ?? []).flatMap(
      (tag) => /gitlab-runner:(?:[a-z]+-)?v?(\d+\.\d+[\w.]*)/.exec(tag)?.[1] ?? [],
    )[0];
  } catch {
    return undefined;
  }
}
