import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import declared from "../../sandboxes/index.ts";
import { redis } from "../../src/catalog/redis.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { secretVariable } from "../../src/model/secret-variable.ts";
import { secret } from "../../src/model/text.ts";
import { CLUSTER_SANDBOXES, RUNNERS_IN_CLUSTER } from "./cluster-sandboxes.ts";
import { type EmittedProject, emittedProject } from "./emitted-project.ts";
import { CERTIFICATES, fileProblem, type PipelineEnd, runPipeline } from "./gitlab-ci-local.ts";

/** Characters with a meaning in shells, YAML or GitLab. */
const NASTY = `quotes ' " \\ dollar $ $$ \${HOME} $HOME percent # : - {a} [b] & * ! | > é 🦆`;

const extra = sandbox("extra", {
  services: {
    cache: redis({ alias: "some-cache", env: { SECRET: secret("redis-password") } }),
    sleepy: {
      image: "redis:7-alpine",
      command: ["sh", "-c", "sleep 3; exec redis-server --port 7000 --protected-mode no"],
      ports: [7000],
    },
  },
  jobs: {
    "sees-values": { image: "python:3.10", env: { NASTY }, script: [`printf '%s' "$NASTY" | base64 -w 0`] },
    "waits-for-late-service": {
      image: "redis:7-alpine",
      env: ({ sleepy }) => ({ LATE: sleepy.host }),
      script: ['redis-cli -h "$LATE" -p 7000 PING'],
      cleanup: ["echo cleaned up"],
    },
    fails: { image: "redis:7-alpine", script: ["exit 7"], cleanup: ["echo cleaned up"] },
  },
});

const unready = sandbox("unready", {
  services: {
    broken: {
      image: "redis:7-alpine",
      command: ["sleep", "60"],
      ports: [6379],
      probe: { kind: "tcp", port: 6379, within: "3s" },
    },
  },
  jobs: { tests: { image: "redis:7-alpine", script: ["echo not reached"] } },
});

/** The jobs with images on this machine. */
const JOBS = [
  "snake:integration-tests",
  "whale:redis-ping",
  "nesting:integration-sandbox",
  "nesting:without-daemon",
  "docker-env:playground",
  "snake-cached:integration-tests",
  "two-networks:inside",
  "two-networks:outside",
  "secrets:asks-with-password",
  "shop:database-tests",
  "shop:cache-tests",
  "shop:api-tests",
  "extra:sees-values",
  "extra:waits-for-late-service",
  "extra:fails",
  "unready:tests",
];

let project: EmittedProject;
let pipeline: PipelineEnd;
let byCompose: PipelineEnd;

beforeAll(async () => {
  project = emittedProject([...declared, extra, unready]);
  const variables = { [secretVariable("redis-password")]: "a-secret" };
  pipeline = await runPipeline(project, JOBS, { variables });
  // Only pip in the nested container needs the file with this machine's certificates.
  const certificates = {
    environment: { PIP_CERT: CERTIFICATES },
    volumes: [`${CERTIFICATES}:${CERTIFICATES}:ro`],
  };
  byCompose = await runPipeline(project, ["snake-compose:integration-tests"], {
    variables: { COMPOSE_FILE: "compose/snake-compose.yaml:/certificates.yaml" },
    files: { "/certificates.yaml": JSON.stringify({ services: { "integration-tests": certificates } }) },
  });
}, 600_000);

afterAll(() => project.remove());

test("the emitted files are valid by GitLab's schema, together and one by one", async () => {
  expect(pipeline.stdout + pipeline.stderr).toContain("json schema validated");
  for (const { name } of declared) {
    const file = `.gitlab/nestbox/${name}.yml`;
    expect({ file, problem: await fileProblem(project, file) }).toEqual({ file, problem: undefined });
  }
});

test("so are those for runners with the Kubernetes executor", async () => {
  const inCluster = emittedProject(CLUSTER_SANDBOXES, RUNNERS_IN_CLUSTER);
  try {
    expect(await fileProblem(inCluster, ".gitlab-ci.yml")).toBeUndefined();
  } finally {
    inCluster.remove();
  }
});

describe("the article's jobs", () => {
  test.each([
    ["snake:integration-tests", /\d+ passed/],
    ["snake-cached:integration-tests", /\d+ passed/],
    ["whale:redis-ping", /^PONG$/m],
    ["nesting:integration-sandbox", /^\[nested\] hello from inside nested container$/m],
    ["docker-env:playground", /^nested \S+$/m],
    ["two-networks:inside", /PONG/],
    ["two-networks:outside", /PONG/],
    ["secrets:asks-with-password", /NOAUTH/],
    ["shop:database-tests", /42/],
    ["shop:cache-tests", /42/],
    ["shop:api-tests", /cache and database work/],
  ])("%s passes", (job, wanted) => {
    expect(pipeline.outputOf(job)).toMatch(wanted);
    expect(pipeline.verdictOn(job)).toBe("PASS");
  });

  test("snake-compose:integration-tests passes in a compose file in Docker-in-Docker", () => {
    const job = "snake-compose:integration-tests";
    expect(byCompose.outputOf(job)).toMatch(/\d+ passed/);
    expect(byCompose.verdictOn(job)).toBe("PASS");
  });

  test("nesting:without-daemon fails for its declared reason, and the pipeline continues", () => {
    const output = pipeline.outputOf("nesting:without-daemon");
    expect(output).toContain("lookup docker-service");
    expect(output).toContain("Expected: the nested container has no /var/run/docker.sock");
    expect(pipeline.verdictOn("nesting:without-daemon")).toBe("WARN 42");
  });
});

test("a variable keeps its declared value", () => {
  const encoded =
    pipeline
      .outputOf("extra:sees-values")
      .split("\n")
      .find((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line)) ?? "";
  expect(Buffer.from(encoded, "base64").toString("utf8")).toBe(NASTY);
});

test("a job waits until a late service answers", () => {
  expect(pipeline.outputOf("extra:waits-for-late-service")).toContain("PONG");
  expect(pipeline.verdictOn("extra:waits-for-late-service")).toBe("PASS");
});

test("a failing job ends with its own exit code, after its cleanup", () => {
  expect(pipeline.outputOf("extra:fails")).toContain("cleaned up");
  expect(pipeline.verdictOn("extra:fails")).toBe("FAIL 7");
});

test("a service that never becomes ready fails the job with an error", () => {
  const output = pipeline.outputOf("unready:tests");
  expect(output).toContain("nestbox: service broken was not ready within 3 s");
  expect(output).not.toContain("not reached\n");
  expect(pipeline.verdictOn("unready:tests")).toBe("FAIL 1");
});
