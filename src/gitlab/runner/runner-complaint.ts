import { callDocker, DockerRefused, readText } from "../../docker/api.ts";
import type { DockerHost } from "../../docker/host.ts";
import { engineTime } from "../../docker/possessions.ts";

/**
 * Milliseconds for which gitlab-runner asks no more once GitLab has refused it three times:
 * `unhealthy_interval` in its config.toml.
 */
const DISABLED_FOR = 3_600_000;

/**
 * Milliseconds within which gitlab-runner asks GitLab again, long polling included. Before that it has been
 * silent because all is well.
 */
const ASKS_WITHIN = 120_000;

/** How much of its log is read, in lines. */
const LINES = 2000;

/**
 * What gitlab-runner's log says about why it gets no jobs right now: undefined while it asks for jobs in
 * peace, which it does without a word. Source:
 * https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/network/gitlab.go (RequestJob),
 * …/commands/health_helper.go
 */
export async function runnerComplaint(
  engine: DockerHost,
  container: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const now = await engineTime(engine);
  const since = Math.floor((now - DISABLED_FOR) / 1000);
  const path = `/containers/${container}/logs?stdout=1&stderr=1&timestamps=1&tail=${LINES}&since=${since}`;
  try {
    return complaintIn(await readText(await callDocker(engine, { method: "GET", path, signal })), now);
  } catch (error) {
    // Its log goes elsewhere, where the engine does not read it.
    if (error instanceof DockerRefused) return undefined;
    throw error;
  }
}

/**
 * The same of a log whose lines begin with the engine's time, whatever frames are around them.
 * @param now in milliseconds since 1970
 */
export function complaintIn(log: string, now: number): string | undefined {
  const lines = [...log.matchAll(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z) (.*)/g)].map(
    ([, time = "", text = ""]) => ({ age: now - Date.parse(time), text }),
  );
  const isSaid = (pattern: RegExp, within: number) =>
    lines.some(({ age, text }) => age <= within && pattern.test(text));
  if (isSaid(/is unhealthy and will be disabled/, DISABLED_FOR))
    return "paused, since GitLab refuses its token";
  if (isSaid(/Checking for jobs\.\.\. forbidden/, ASKS_WITHIN)) return "GitLab refuses its token";
  if (isSaid(/Checking for jobs\.\.\. (failed|client error|GitLab instance)/, ASKS_WITHIN))
    return "GitLab does not answer it";
  return undefined;
}
