import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Collector, startCollector, valuesOf } from "../timings/collector.ts";
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

describe("a collector of traces", () => {
  let collector: Collector;

  beforeAll(async () => {
    collector = await startCollector(200);
  });

  afterAll(() => collector.close());

  test("gets the same steps, in the trace of TRACEPARENT, which a command gets as well", async () => {
    const [trace, parent] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      TRACEPARENT: `00-${trace}-${parent}-01`,
    };
    const jobs = await project.nestboxEverywhere(["run", "timed", "fail"], environment);
    expect(jobs).toMatchObject({ exitCode: 7, stderr: expect.not.stringContaining("traces") });
    const [spans = []] = collector.received.map((received) => received.spans);
    const [root] = spans;
    expect(root).toMatchObject({ name: "nestbox run", traceId: trace, parentSpanId: parent });
    expect(valuesOf(root?.attributes ?? [])).toEqual({ sandbox: "timed", target: "docker", exit_code: 7 });
    expect(spans.map((span) => span.name)).toEqual(
      expect.arrayContaining([...START.map((step) => step.replace(":", "")), "job fail script"]),
    );
    const service = spans.find((span) => span.name === "service cache");
    const probe = spans.find((span) => span.name === "service cache probe");
    expect(service?.parentSpanId).toBe(root?.spanId);
    expect(probe?.parentSpanId).toBe(service?.spanId);
    expect(valuesOf(probe?.attributes ?? [])).toMatchObject({ service: "cache", sandbox: "timed" });
    const words = ["run", "timed", "--", "sh", "-c", "echo $TRACEPARENT"];
    const command = await project.nestboxEverywhere(words, environment);
    expect(command.stdout).toBe(`00-${trace}-${collector.received[1]?.spans[0]?.spanId}-01\n`);
  });

  test("gets the steps of up", async () => {
    const before = collector.received.length;
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    expect(await project.nestboxEverywhere(["up"], environment)).toMatchObject({ exitCode: 0 });
    const names = collector.received[before]?.spans.map((span) => span.name);
    expect(names).toEqual(
      expect.arrayContaining(["nestbox up", ...START.map((step) => step.replace(":", ""))]),
    );
    expect(await project.nestboxEverywhere(["down"])).toMatchObject({ exitCode: 0 });
  });

  test("that is not there changes nothing but for a warning", async () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };
    const { exitCode, stdout, stderr } = await project.nestboxEverywhere(
      ["run", "timed", "ping"],
      environment,
    );
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: "$ echo before\nbefore\n$ redis-cli -h cache ping\nPONG\n",
    });
    expect(stderr.match(/^! traces: .*$/gm)).toEqual([expect.stringContaining("ECONNREFUSED")]);
  });
});
