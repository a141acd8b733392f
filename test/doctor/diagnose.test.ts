import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../src/doctor/diagnose.ts";
import { FAILURES } from "../../src/doctor/failures/index.ts";
import { LOGS } from "./failures/index.ts";
import { failedJob, HEALTHY_SCRIPT, healthyJob, POD_THAT_STARTED } from "./logs/job-log.ts";

const ids = (log: string) => diagnose(log).map(({ failure }) => failure.id);

const idsOf = (log: string | readonly string[]) => ids(failedJob([log].flat()));

describe.each(Object.entries(LOGS))("%s", (id, { shownBy, notShownBy }) => {
  test.each(shownBy.map((log) => ({ log })))("is shown, and nothing else, by $log", ({ log }) => {
    expect(idsOf(log)).toEqual([id]);
  });

  test.each(notShownBy.map((log) => ({ log })))("is not shown by $log", ({ log }) => {
    expect(idsOf(log)).not.toContain(id);
  });
});

test("every failure has logs that show it, and near misses", () => {
  expect(Object.keys(LOGS).sort()).toEqual(FAILURES.map(({ id }) => id).sort());
  for (const [id, { shownBy, notShownBy }] of Object.entries(LOGS))
    expect({ id, shown: shownBy.length > 0, near: notShownBy.length > 0 }).toEqual({
      id,
      shown: true,
      near: true,
    });
});

test("every symptom is in one of the logs", () => {
  const lines = Object.values(LOGS).flatMap(({ shownBy }) => shownBy.flat());
  const unseen = FAILURES.flatMap(({ id, symptoms }) =>
    symptoms
      .filter((symptom) => !lines.some((line) => symptom.test(line)))
      .map((symptom) => `${id}: ${symptom}`),
  );
  expect(unseen).toEqual([]);
});

test("a healthy job's log shows nothing, also when its last line is missing", () => {
  expect(ids(healthyJob())).toEqual([]);
  expect(ids(healthyJob().replace(/\n.*Job succeeded.*/, ""))).toEqual([]);
  expect(ids(failedJob(HEALTHY_SCRIPT))).toEqual([]);
});

test("what a pod overcame before its job ran is no failure", () => {
  expect(idsOf(POD_THAT_STARTED)).toEqual([]);
});

test.each([
  ["a client that was refused", "curl: (56) Recv failure: Connection refused"],
  [
    "a registry's bad gateway",
    'Get "https://registry.example.com/v2/": received unexpected HTTP status: 502',
  ],
  ["a cache that is only local", "No URL provided, cache will not be downloaded from shared cache server."],
  ["a cache that is not there yet", "WARNING: file does not exist"],
  ["artifacts that are not there", "WARNING: dist/: no matching files. Ensure that the path is relative."],
  ["a test's own words", "expect(message).toBe('137 permissions denied, 143 granted')"],
])("%s is no known failure", (_, line) => {
  expect(idsOf(line)).toEqual([]);
});

test("what a job overcame is no failure", () => {
  const line = "Cannot connect to the Docker daemon at tcp://docker:2376. Is the docker daemon running?";
  expect(ids(failedJob([line]))).toEqual(["daemon-not-at-port"]);
  expect(ids(healthyJob().replace("8d3c6e8f0c7a5b3f", line))).toEqual([]);
});

test("the runner speaks about its own engine, and gets no advice about DOCKER_HOST", () => {
  const words =
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
  expect(idsOf(words)).toEqual(["no-docker-host"]);
  for (const runner of ["ERROR: Preparation failed: ", "ERROR: Job failed (system failure): "]) {
    const [found] = diagnose(failedJob([`${runner}${words} (docker.go:960:0s)`]));
    expect(found?.failure.id).toBe("runner-engine-unreachable");
    expect(found?.failure.remedy).not.toContain("DOCKER_HOST");
  }
});

test("no failure of the runner's own engine is about the job's variables", () => {
  for (const { remedy } of FAILURES.filter(({ saidBy }) => saidBy === "runner"))
    expect(remedy).not.toMatch(/DOCKER_HOST|DOCKER_TLS/);
});

test("several failures come in the order in which they happened, each once, with its first line", () => {
  const log = failedJob([
    "Could not mount /sys/kernel/security.",
    "no basic auth credentials",
    "mount: permission denied (are you root?)",
    "no basic auth credentials",
  ]);
  const found = diagnose(log);
  expect(found.map(({ failure }) => failure.id)).toEqual(["daemon-not-privileged", "registry-no-login"]);
  expect(found[0]?.line.text).toBe("Could not mount /sys/kernel/security.");
  expect(log.split("\n")[(found[0]?.line.number ?? 0) - 1]).toContain("Could not mount");
});

test("what follows from a failure is left out where the failure itself is known", () => {
  const unreachable =
    "Cannot connect to the Docker daemon at tcp://docker:2376. Is the docker daemon running?";
  const unprivileged = "mount: permission denied (are you root?)";
  expect(idsOf(unreachable)).toEqual(["daemon-not-at-port"]);
  expect(idsOf([unreachable, unprivileged])).toEqual(["daemon-not-privileged"]);
  expect(idsOf(["ERROR: Job failed: exit code 137", unprivileged])).toEqual(["daemon-not-privileged"]);
});

test("a line shows the first failure of the list, a general one only if it shows no other", () => {
  const line =
    "Could not find a valid Docker environment: client version 1.32 is too old. " +
    "Minimum supported API version is 1.44";
  expect(idsOf(line)).toEqual(["client-too-old"]);
});

test("each row says what to do, and where that comes from", () => {
  for (const { id, cause, remedy, source } of FAILURES) {
    expect({ id, ends: [cause, remedy].every((text) => /[.}"]$/.test(text)) }).toEqual({ id, ends: true });
    for (const address of source.split(", ")) expect(URL.canParse(address)).toBe(true);
  }
});
