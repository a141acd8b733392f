import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { failedJob, healthyJob } from "../doctor/logs/job-log.ts";

const folder = mkdtempSync(path.join(tmpdir(), "nestbox-doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));

const LOG = failedJob([
  "Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?",
]);

function doctor(words: readonly string[], input = "", environment: Readonly<Record<string, string>> = {}) {
  const command = path.join(__dirname, "../../cli/main.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, "doctor", ...words], {
    cwd: folder,
    input,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", ...environment },
  });
  return { status, stdout, stderr };
}

test("a log from a file: the line, cause, remedy and source, and exit code 1", () => {
  writeFileSync(path.join(folder, "job.log"), LOG);
  const { status, stdout } = doctor(["job.log"]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^line 16 {2}Cannot connect to the Docker daemon at tcp:\/\/docker:2375/);
  expect(stdout).toMatch(/\n {2}cause {3}Nothing serves at that port/);
  expect(stdout).toMatch(/\n {2}remedy {2}Let DOCKER_HOST/);
  expect(stdout).toMatch(/\n {2}source {2}https:/);
});

test("a log from the standard input, as JSON", () => {
  const { status, stdout } = doctor(["-", "--json"], LOG);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    machine: [],
    failures: [{ id: "daemon-not-at-port", line: 16, remedy: expect.any(String) }],
  });
});

test("a healthy log ends with exit code 0", () => {
  expect(doctor(["-"], healthyJob())).toMatchObject({
    status: 0,
    stdout: "no failure in this log that the doctor knows\n",
  });
});

test("a log that cannot be read, and an empty one, are the user's to change", () => {
  expect(doctor(["missing.log"])).toMatchObject({
    status: 2,
    stderr:
      "error missing.log: the log cannot be read (ENOENT); name a file with a job's log, or - for the standard input\n",
  });
  expect(doctor(["-"])).toMatchObject({ status: 2, stderr: "error the standard input: the log is empty\n" });
});

test("without a log the machine is looked at: an engine that is not there is a problem", () => {
  const environment = { DOCKER_HOST: `unix://${folder}/none.sock` };
  const { status, stdout } = doctor([], "", environment);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^✗ the Docker engine does not answer: .*none\.sock\n {2}Start it/);
  expect(JSON.parse(doctor(["--json"], "", environment).stdout)).toMatchObject({
    machine: [{ id: "engine", state: "problem" }],
    failures: [],
  });
});
