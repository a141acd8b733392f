import { expect, test } from "@jest/globals";
import { cronSchedule } from "../../../src/kubernetes/clean-up/cron-schedule.ts";

test.each([
  ["1m", "*/1 * * * *"],
  ["30m", "*/30 * * * *"],
  ["60m", "0 */1 * * *"],
  ["1h", "0 */1 * * *"],
  ["6h", "0 */6 * * *"],
  ["24h", "0 0 * * *"],
] as const)("%s is the schedule %s", (every, schedule) => {
  expect(cronSchedule(every)).toBe(schedule);
});

test.each(["30s", "7m", "90m", "5h", "48h"] as const)("no schedule expresses %s evenly", (every) => {
  expect(cronSchedule(every)).toBeUndefined();
});
