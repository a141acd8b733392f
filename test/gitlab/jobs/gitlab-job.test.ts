import { describe, expect, test } from "@jest/globals";
import { dind } from "../../../src/catalog/dind.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { gitlabJob } from "../../../src/gitlab/jobs/gitlab-job.ts";
import { type SandboxDefinition, sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";
import { secret } from "../../../src/model/text.ts";

const JOB = { image: "alpine:3.19", script: ["make test"] };
const PLAIN: Runner = { name: "plain", tags: ["docker"] };
const DIND: Runner = {
  name: "dind",
  tags: ["dind"],
  privilegedServices: ["docker:dind"],
  sharedFolders: ["/certs/client"],
};

function entryOf<Connections>(
  definition: SandboxDefinition<Connections>,
  runners: readonly Runner[] = [PLAIN, DIND],
  folder = "",
) {
  const planned = plan(sandbox("box", definition), { profiles: "all" });
  const tests = planned.jobs.find(({ key }) => key === "tests");
  if (!tests) throw new RangeError("no job");
  return gitlabJob(planned, tests, runners, "compose/box.yaml", folder).entry;
}

test("a job without services and files has an empty folder and no own network", () => {
  expect(entryOf({ services: {}, jobs: { tests: JOB } })).toEqual({
    stage: "test",
    tags: ["docker"],
    image: "alpine:3.19",
    variables: { GIT_STRATEGY: "empty" },
    script: ["make test"],
  });
});

test("paths of a project in a folder of its repository start at the repository's root", () => {
  const entry = (gitlab: { readonly strategy?: "compose" }) =>
    entryOf({ services: {}, jobs: { tests: { ...JOB, files: "app", gitlab } } }, [DIND], "services/api/");
  expect(entry({}).before_script).toEqual(['cd "$CI_PROJECT_DIR"/services/api/app']);
  expect(entry({ strategy: "compose" }).variables).toMatchObject({
    COMPOSE_FILE: "services/api/compose/box.yaml",
  });
});

test("services reach each other, and a service refers to its secret by name", () => {
  const services = {
    cache: redis({
      alias: ["one", "two"],
      user: "999",
      entrypoint: ["a"],
      command: ["b c"],
      env: { P: secret("p"), Q: "$" },
    }),
  };
  expect(entryOf({ services, jobs: { tests: JOB } })).toMatchObject({
    services: [
      {
        name: "redis:7-alpine",
        alias: "one,two",
        entrypoint: ["a"],
        command: ["b c"],
        docker: { user: "999" },
        variables: { HEALTHCHECK_TCP_PORT: "6379", P: "${NESTBOX_SECRET_P}", Q: "$$" },
      },
    ],
    variables: { FF_NETWORK_PER_BUILD: "true" },
  });
});

describe("the working folder", () => {
  const files = "my app";

  test("is the files' folder in the checkout, for script and cleanup", () => {
    const entry = entryOf({ services: {}, jobs: { tests: { ...JOB, files, cleanup: ["make clean"] } } });
    expect(entry.before_script).toEqual([`cd "$CI_PROJECT_DIR"/'my app'`]);
    expect(entry.after_script).toEqual([`cd "$CI_PROJECT_DIR"/'my app'`, "make clean"]);
    expect(entry.variables).toBeUndefined();
  });

  test("is a copy of the files if the job declares it", () => {
    const { before_script } = entryOf({
      services: {},
      jobs: { tests: { ...JOB, files, workingFolder: "/srv/app" } },
    });
    expect(before_script).toEqual([
      "mkdir -p /srv/app",
      `cp -R "$CI_PROJECT_DIR"/'my app'/. /srv/app`,
      "cd /srv/app",
    ]);
  });
});

test("a volume is a folder in GitLab's cache", () => {
  const entry = entryOf({
    volumes: ["downloads"],
    services: {},
    jobs: { tests: { ...JOB, files: ".", volumes: { "/root/.cache": "downloads" } } },
  });
  expect(entry.cache).toEqual([
    { key: "box-downloads", paths: [".nestbox/cache/downloads"], when: "always" },
  ]);
  expect(entry.before_script).toContain('ln -s "$CI_PROJECT_DIR"/.nestbox/cache/downloads /root/.cache');
});

test("the GitLab settings of a job are in its entry", () => {
  const entry = entryOf({
    services: {},
    jobs: {
      build: { ...JOB, variablesFile: "image.env" },
      tests: {
        ...JOB,
        image: "$IMAGE",
        user: "1000",
        entrypoint: [],
        needs: ["build"],
        variablesFile: "a.env",
        timeout: "90m",
        gitlab: { stage: "check", allowedExitCodes: [42] },
      },
    },
  });
  expect(entry).toMatchObject({
    stage: "check",
    needs: ["box:build"],
    allow_failure: { exit_codes: [42] },
    artifacts: { reports: { dotenv: "a.env" } },
    image: { name: "$IMAGE", entrypoint: [""], docker: { user: "1000" } },
    timeout: "1h 30m",
  });
});

test("a needed job that its rules may leave out is optional", () => {
  const rules = [{ if: "$CI_COMMIT_TAG" }];
  const jobs = {
    build: { ...JOB, gitlab: { rules } },
    lint: JOB,
    tests: { ...JOB, needs: ["build", "lint"] },
  };
  const { needs } = entryOf({ services: {}, jobs });
  expect(needs).toEqual([{ job: "box:build", optional: true }, "box:lint"]);
});

describe("Docker-in-Docker", () => {
  const job = { ...JOB, env: { DOCKER_HOST: "x" } };

  test("without TLS passes the daemon the MTU and registry mirror of the runner", () => {
    const runner = { ...DIND, mtu: 1400, registryMirror: "http://mirror:5000" };
    const entry = entryOf({ services: { docker: dind({ tls: false }) }, jobs: { tests: job } }, [runner]);
    expect(entry.services).toEqual([
      {
        name: "docker:dind",
        alias: "docker",
        command: [
          ...["--tls=false", "--mtu=1400", "--registry-mirror=http://mirror:5000"],
          "--insecure-registry=mirror:5000",
        ],
        variables: { HEALTHCHECK_TCP_PORT: "2375", DOCKER_TLS_CERTDIR: "" },
      },
    ]);
  });

  test("with TLS requires a runner that shares the certificates", () => {
    const definition = {
      services: { docker: dind({ alias: "my-docker" }) },
      jobs: {
        tests: {
          ...JOB,
          env: ({ docker }: { docker: { variables: Record<string, string> } }) => docker.variables,
        },
      },
    } as unknown as SandboxDefinition<unknown>;
    expect(entryOf(definition)).toMatchObject({
      tags: ["dind"],
      services: [
        { alias: "my-docker", variables: { DOCKER_TLS_CERTDIR: "/certs", DOCKER_TLS_SAN: "DNS:my-docker" } },
      ],
      variables: {
        DOCKER_HOST: "tcp://my-docker:2376",
        DOCKER_TLS_VERIFY: "1",
        DOCKER_CERT_PATH: "/certs/client",
      },
    });
    const { sharedFolders: _, ...withoutShare } = DIND;
    expect(() => entryOf(definition, [withoutShare])).toThrow("does not share /certs/client");
  });
});

describe("a job in a compose file", () => {
  const compose = {
    ...JOB,
    files: "app",
    env: { A: "1" },
    profiles: ["p", "q"],
    gitlab: { strategy: "compose" as const },
  };

  test("has its own daemon and Compose project", () => {
    const entry = entryOf({ services: { cache: redis() }, jobs: { tests: compose } }, [
      { ...DIND, mtu: 1400 },
    ]);
    expect(entry).toMatchObject({
      image: "docker:25.0.0-cli",
      services: [
        {
          name: "docker:dind",
          alias: "docker",
          command: ["--mtu=1400"],
          variables: { HEALTHCHECK_TCP_PORT: "2376", DOCKER_TLS_CERTDIR: "/certs" },
        },
      ],
      variables: { DOCKER_HOST: "tcp://docker:2376", COMPOSE_FILE: "compose/box.yaml", NESTBOX_MTU: "1400" },
      script: [
        'docker compose --project-name "ci_$CI_JOB_ID" --profile p --profile q ' +
          "up --quiet-pull --exit-code-from tests tests",
      ],
    });
    expect(entry.variables).not.toHaveProperty("A");
    expect(entry.variables).not.toHaveProperty("GIT_STRATEGY");
  });

  test("has a daemon without TLS on a runner that shares no certificates", () => {
    const { sharedFolders: _, ...plain } = DIND;
    expect(entryOf({ services: {}, jobs: { tests: compose } }, [plain])).toMatchObject({
      services: [{ command: ["--tls=false"], variables: { DOCKER_TLS_CERTDIR: "" } }],
      variables: { DOCKER_HOST: "tcp://docker:2375" },
    });
  });

  test("requires a runner with privileged services", () => {
    expect(() => entryOf({ services: {}, jobs: { tests: compose } }, [PLAIN])).toThrow(
      "box.jobs.tests.gitlab.runner: no runner meets the job's needs " +
        '("plain" does not run docker:dind privileged)',
    );
  });

  test("cannot use an image from another job, nor pass variables on", () => {
    const job = { ...compose, image: "$A", needs: ["build"], variablesFile: "a.env" };
    const jobs = { build: { ...JOB, variablesFile: "image.env" }, tests: job };
    expect(() => entryOf({ services: {}, jobs })).toThrow(
      "box.jobs.tests.image: a compose file cannot use an image from another job; write the image's name\n" +
        "box.jobs.tests.variablesFile: a job in a compose file cannot write to the checkout; " +
        "remove the property",
    );
  });
});

describe("an error for each setting that GitLab would reject", () => {
  const withGitLab = (gitlab: object) => ({ services: {}, jobs: { tests: { ...JOB, gitlab } } });

  test.each([
    [
      "the exit code of success",
      withGitLab({ allowedExitCodes: [0] }),
      "box.jobs.tests.gitlab.allowedExitCodes: 0 is not the exit code of a failure",
    ],
    ["an empty stage", withGitLab({ stage: "" }), "box.jobs.tests.gitlab.stage: is empty"],
    [
      "a variable named like a secret",
      {
        services: { cache: redis({ env: { NESTBOX_SECRET_A: "x" } }) },
        jobs: { tests: { ...JOB, env: { NESTBOX_SECRET_B: "x" } } },
      },
      new RegExp(
        "^box\\.jobs\\.tests\\.env\\.NESTBOX_SECRET_B: is reserved .*\n" +
          "box\\.services\\.cache\\.env\\.NESTBOX_SECRET_A: ",
      ),
    ],
  ])("%s", (_, definition, message) => {
    expect(() => entryOf(definition as SandboxDefinition<unknown>)).toThrow(message);
  });
});

describe("cache", () => {
  const cache = { paths: [".npm/"], key: { files: ["package-lock.json"] } };

  test("starts at the repository's root, with the key's files", () => {
    const job = { ...JOB, files: "app", cache };
    expect(entryOf({ services: {}, jobs: { tests: job } }, [PLAIN], "services/api/").cache).toEqual([
      { key: { files: ["services/api/package-lock.json"] }, paths: ["services/api/app/.npm"] },
    ]);
  });

  test("of a working folder outside of the checkout is linked; without a key it is the job's", () => {
    const job = { ...JOB, workingFolder: "/app", cache: { paths: [".npm"] } };
    const entry = entryOf({ services: {}, jobs: { tests: job } });
    expect(entry.cache).toEqual([{ key: "box-tests", paths: [".nestbox/job-cache/.npm"] }]);
    expect(entry.before_script).toContain('ln -s "$CI_PROJECT_DIR"/.nestbox/job-cache/.npm /app/.npm');
  });
});

describe("artifacts", () => {
  const ARTIFACTS = {
    paths: ["dist/"],
    reports: { junit: "report.xml", coverage: { format: "cobertura", path: "coverage.xml" } },
    when: "always",
  } as const;

  test("start at the repository's root, beside the file of variables", () => {
    const job = { ...JOB, files: "app", variablesFile: "image.env", artifacts: ARTIFACTS };
    expect(entryOf({ services: {}, jobs: { tests: job } }, [PLAIN], "services/api/").artifacts).toEqual({
      paths: ["services/api/app/dist"].map((path) => `${path}/`),
      when: "always",
      reports: {
        dotenv: "image.env",
        junit: "services/api/app/report.xml",
        coverage_report: { coverage_format: "cobertura", path: "services/api/app/coverage.xml" },
      },
    });
  });

  test("of a working folder outside of the checkout are copied into it", () => {
    const job = { ...JOB, workingFolder: "/srv/app", artifacts: { paths: ["dist"] } };
    const entry = entryOf({ services: {}, jobs: { tests: job } });
    expect(entry.artifacts).toEqual({ paths: [".nestbox/working-folder/dist"] });
    expect(entry.after_script).toEqual([
      'mkdir -p "$CI_PROJECT_DIR"/.nestbox/working-folder',
      'cp -R /srv/app/. "$CI_PROJECT_DIR"/.nestbox/working-folder',
    ]);
  });

  test("are refused where the job is in a compose file", () => {
    const job = { ...JOB, gitlab: { strategy: "compose" }, artifacts: ARTIFACTS } as const;
    expect(() => entryOf({ services: {}, jobs: { tests: job } })).toThrow(
      "box.jobs.tests.artifacts: a job in a compose file cannot write to the checkout; remove the property",
    );
  });
});

test("GitLab's own settings of a job are in its entry, in GitLab's words", () => {
  const gitlab = {
    rules: [{ if: "$CI_COMMIT_TAG", when: "manual", allowFailure: true }, { changes: ["src/**"] }],
    retry: { max: 2, when: ["runner_system_failure"] },
    interruptible: true,
    coverage: "/TOTAL (\\d+)%/",
    environment: { name: "review/$CI_COMMIT_REF_SLUG", url: "https://review.example.com" },
    resourceGroup: "review",
  } as const;
  expect(entryOf({ services: {}, jobs: { tests: { ...JOB, gitlab } } })).toMatchObject({
    rules: [{ if: "$CI_COMMIT_TAG", when: "manual", allow_failure: true }, { changes: ["src/**"] }],
    retry: { max: 2, when: ["runner_system_failure"] },
    interruptible: true,
    coverage: "/TOTAL (\\d+)%/",
    environment: { name: "review/$CI_COMMIT_REF_SLUG", url: "https://review.example.com" },
    resource_group: "review",
  });
});
