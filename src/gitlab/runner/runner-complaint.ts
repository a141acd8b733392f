import { text } from "node:stream/consumers";
import { callDocker, DockerRefused } from "../../docker/api.ts";
import { engineTime } from "../../docker/engine-clock.ts";
import type { DockerHost } from "../../docker/host.ts";

/**
 * The pause of gitlab-runner after three refusals by GitLab, in milliseconds: `unhealthy_interval` in its
 * config.toml.
 */
const DISABLED_FOR = 3_600_000;

/**
 * The longest time between two requests of gitlab-runner to GitLab, long polling included, in milliseconds.
 * Older errors in the log are over: requests that succeed are not logged.
 */
const REQUESTS_WITHIN = 120_000;

/** The number of log lines to read. */
const LINES = 2000;

/**
 * The reason why gitlab-runner currently gets no jobs, from its log. Undefined while its requests succeed.
 * Source: https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/network/gitlab.go (RequestJob),
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
    return complaintIn(await text(await callDocker(engine, { method: "GET", path, signal })), now);
  } catch (error) {
    // The engine cannot read the logs of some logging drivers.
    if (error instanceof DockerRefused) return undefined;
    throw error;
  }
}

/**
 * The reason in a log with the engine's timestamps.
 * @param log lines in any frames, as the engine streams them
 * @param now in milliseconds since 1970
 */
export function complaintIn(log: string, now: number): string | undefined {
  const lines = [...log.matchAll(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z) (.*)/g)].map(
    ([, time = "", text = ""]) => ({ age: now - Date.parse(time), text }),
  );
  const isLogged = (pattern: RegExp, within: number) =>
    lines.some(({ age, text }) => age <= within && pattern.test(text));
  if (isLogged(/is unhealthy and will be disabled/, DISABLED_FOR))
    return "paused, since GitLab refuses its token";
  if (isLogged(/Checking for jobs\.\.\. forbidden/, REQUESTS_WITHIN)) return "GitLab refuses its token";
  if (isLogged(/Checking for jobs\.\.\. (failed|client error|GitLab instance)/, REQUESTS_WITHIN))
    return "GitLab is unreachable";
  return undefined;
}
