import { expect, test } from "@jest/globals";
import { complaintIn } from "../../../src/gitlab/runner/runner-complaint.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");

/** A log line of the engine's API: frame header, timestamp, and gitlab-runner's output. */
function line(secondsAgo: number, text: string): string {
  return (
    `\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0080${new Date(NOW - secondsAgo * 1000).toISOString()} ` +
    `${text}\n`
  );
}

const REFUSED = 'ERROR: Checking for jobs... forbidden               runner=abc status="POST 403 Forbidden"';
const FAILED =
  'WARNING: Checking for jobs... failed                runner=abc status="couldn\'t execute POST against …"';
const DISABLED =
  'Runner "https://gitlab.example.comglrt" is unhealthy and will be disabled for 1h0m0s seconds!';
const RECEIVED = "Checking for jobs... received                       job=1 repo_url=… runner=abc";

test.each<[string | undefined, string]>([
  [undefined, ""],
  [undefined, line(5, "Configuration loaded  builds=0") + line(1, RECEIVED)],
  ["GitLab refuses its token", line(9, RECEIVED) + line(3, REFUSED)],
  // Another runner of the same process still gets jobs.
  ["GitLab refuses its token", line(3, REFUSED) + line(1, RECEIVED)],
  ["GitLab is unreachable", line(3, FAILED)],
  [undefined, line(600, FAILED) + line(600, REFUSED)],
  ["paused, since GitLab refuses its token", line(3000, REFUSED) + line(3000, DISABLED)],
])("%s", (complaint, log) => {
  expect(complaintIn(log, NOW)).toBe(complaint);
});
