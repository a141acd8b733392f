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
  const reported = isRunning && (await reportedVersion(engine, container, signal()).catch(() => undefined));
  return reported || versionInTag(engine, image, signal()).catch(() => undefined);
}

async function reportedVersion(engine: DockerHost, container: string, signal: AbortSignal) {
  const words = ["gitlab-runner", "--version"];
  const { exitCode, output } = await runInContainer(engine, container, words, signal);
  return exitCode === 0 ? /Version:\s+(\d+\.\d+\S*)/.exec(output)?.[1] : undefined;
}

async function versionInTag(engine: DockerHost, image: string, signal: AbortSignal) {
  type Answer = { readonly RepoTags?: readonly string[] | null };
  const { RepoTags } = await askDocker<Answer>(engine, `/images/${image}/json`, { signal });
  const named = (RepoTags ?? []).map((tag) => /gitlab-runner:(?:[a-z]+-)?v?(\d+\.\d+[\w.]*)/.exec(tag));
  return named.find((match) => match !== null)?.[1];
}
