import { expect, test } from "@jest/globals";
import { readJobLog } from "../../src/doctor/job-log.ts";

const texts = (log: string) => readJobLog(log).map(({ text }) => text);

test("time stamps, section marks and colours are no part of a line", () => {
  const log = [
    "2026-03-02T09:15:01.123456Z 00O \u001b[0KRunning with gitlab-runner 19.3.0\u001b[0;m",
    "2026-03-02T09:15:02.1Z 01E " +
      "section_start:1772442901:step_script[collapsed=true]\r\u001b[0K\u001b[36;1mStep\u001b[0;m",
  ].join("\n");
  expect(texts(log)).toEqual(["Running with gitlab-runner 19.3.0", "Step"]);
});

test("a stamped line that goes on with the one before is joined to it", () => {
  const log = "2026-03-02T09:15:01Z 00O Cannot connect to \n2026-03-02T09:15:02Z 00O+the Docker daemon";
  expect(texts(log)).toEqual(["Cannot connect to the Docker daemon"]);
});

test("a log without stamps, with Windows line ends, keeps its numbers", () => {
  expect(readJobLog("one\r\n\r\nthree\r\n")).toEqual([
    { number: 1, text: "one" },
    { number: 3, text: "three" },
  ]);
});

test("a log copied from the screen, with stamps and no streams, is read as well", () => {
  expect(texts("2026-03-02T09:15:01Z Job succeeded")).toEqual(["Job succeeded"]);
});
