import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-timings");
  for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(project.folder, file), { recursive: true });
  project.declare(
    `sandbox("timed", {
      services: { cache: redis() },
      jobs: {
        ping: {
          image: "redis:7-alpine",
          before: ["echo before"],
          script: ["redis-cli -h cache ping"],
        },
        fail: { image: "redis:7-alpine", script: ["exit 7"] },
      },
    })`,
  );
});

afterAll(() => project.remove());

/** The steps of a command, by the lines of its chart: "service cache: start". */
function stepsIn(stderr: string): readonly string[] {
  let part = "";
  return [...stderr.matchAll(/^(.*?) {2,}(\S+(?: \S+)*) {2,}[\d.ms ]+ {2} *[█░]+$/gm)].map(
    ([, name = "", step]) => {
      part = name.trim() || part;
      return `${part}: ${step}`;
    },
  );
}

const START = [
  "network default: create",
  "service cache: create",
  "service cache: start",
  "service cache: first answer",
  "service cache: probe",
];

test("a chart has the start of the sandbox, its job and the critical path, beside the output", async () => {
  const { exitCode, stdout, stderr } = await project.nestboxEverywhere(["run", "--timings", "timed", "ping"]);
  expect(exitCode).toBe(0);
  expect(stdout).toBe("$ echo before\nbefore\n$ redis-cli -h cache ping\nPONG\n");
  const steps = stepsIn(stderr);
  const ofJob = ["create", "start", "before", "script", "remove"].map((step) => `job ping: ${step}`);
  expect(steps).toEqual(expect.arrayContaining([...START, ...ofJob, "sandbox: remove"]));
  expect(steps[0]).toBe("program: load");
  const criticalPath = stderr.split("critical path █")[1]?.replace(/\s+/g, " ");
  expect(criticalPath).toMatch(/ of .* program load .* → job ping script \S+ → .*sandbox remove \S+ $/);
});

test("a trace has the same steps, also of a job that fails, and nothing is printed", async () => {
  const file = path.join(project.folder, "traces", "timed.json");
  const { exitCode, stderr } = await project.nestboxEverywhere(["run", "timed", "fail", "--timings", file]);
  expect(exitCode).toBe(7);
  expect(stderr).not.toContain("critical path");
  const { traceEvents } = JSON.parse(readFileSync(file, "utf8"));
  const steps = traceEvents.flatMap(({ ph, cat, name }: Readonly<Record<"ph" | "cat" | "name", string>>) =>
    ph === "X" ? [`${cat}: ${name}`] : [],
  );
  expect(steps).toEqual(expect.arrayContaining([...START, "job fail: script", "sandbox: remove"]));
});
