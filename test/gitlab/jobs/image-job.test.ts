import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { redis } from "../../../src/catalog/redis.ts";
import { gitlabEmission } from "../../../src/gitlab/jobs/gitlab-emission.ts";
import { type Build, build } from "../../../src/model/build-definition.ts";
import type { JobDefinition } from "../../../src/model/declaration/job.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";
import { secret } from "../../../src/model/text.ts";
import { AT_ROOT } from "../../emission/emitted.ts";

const PLAIN: Runner = { name: "plain", tags: ["docker"] };
const DIND: Runner = { name: "dind", tags: ["dind"], privilegedServices: ["docker:dind"] };

type Entry = Readonly<Record<string, unknown>> & { readonly script: readonly string[] };

/** The emitted jobs of a sandbox with a service that is built. */
function entries(
  jobs: Readonly<Record<string, Partial<JobDefinition>>>,
  api: Build = build("api"),
  { folder = "", runners = [PLAIN, DIND] }: { folder?: string; runners?: readonly Runner[] } = {},
): Readonly<Record<string, Entry>> {
  const declared = sandbox("shop", {
    services: { cache: redis(), api: { image: api, ports: [8080] } },
    jobs: Object.fromEntries(
      Object.entries(jobs).map(([key, job]) => [key, { image: "alpine:3.19", script: ["true"], ...job }]),
    ),
  });
  const plans = [plan(declared, { profiles: "all" })];
  const { files } = gitlabEmission({ ...AT_ROOT, isWhole: false, plans, runners, folder });
  const customTags = [{ tag: "!reference", collection: "seq" } as const];
  return parse(files[0]?.content ?? "", { customTags }) as Readonly<Record<string, Entry>>;
}

const SERVICES = { gitlab: { strategy: "services" } } as const;
const tests = build({ context: "api", target: "tests" });

test("a job pushes each image, and those that use it need it and get its reference", () => {
  const found = entries({ tests: { ...SERVICES, image: tests } });
  expect(Object.keys(found)).toEqual([
    ...[".nestbox-wait", "shop:image:api", "shop:image:api-tests", "shop:tests"],
  ]);
  expect(found["shop:tests"]).toMatchObject({
    tags: ["docker"],
    image: "$NESTBOX_IMAGE_API_TESTS",
    services: [{ name: "redis:7-alpine" }, { name: "$NESTBOX_IMAGE_API", alias: "api" }],
    needs: ["shop:image:api", "shop:image:api-tests"],
  });
  expect(found["shop:image:api"]).toMatchObject({
    ...{ stage: "test", tags: ["dind"], image: "docker:25.0.0-cli", needs: [] },
    services: [{ name: "docker:dind", alias: "docker" }],
    artifacts: { reports: { dotenv: "nestbox-image.env" } },
  });
  expect(found["shop:image:api-tests"]?.script.join("\n")).toContain("--target tests");
});

test("the build has all that is declared, from the folder in the repository", () => {
  const declared = build({
    ...{ context: "api", dockerfile: "deploy/Docker file", platform: "linux/arm64" },
    ...{ args: { WORD: "a b" }, secrets: { npm: secret("npm-token") }, cacheFrom: ["cache:1"] },
  });
  const found = entries({ tests: SERVICES }, declared, { folder: "services/shop/" })["shop:image:api"];
  const script = found?.script.join("\n");
  expect(script).toContain('cd "$CI_PROJECT_DIR"/services/shop/api\n');
  expect(script).toContain(
    "docker buildx build --provenance false --push --tag \"$image\" --file 'deploy/Docker file' " +
      "--build-arg 'WORD=a b' --secret id=npm,env=NESTBOX_SECRET_NPM_TOKEN --cache-from cache:1 " +
      "--platform linux/arm64 .",
  );
});

describe("the commands, with a double of docker", () => {
  let checkout: string;

  beforeEach(() => {
    checkout = mkdtempSync(path.join(tmpdir(), "nestbox-image-job-"));
    mkdirSync(path.join(checkout, "api"));
    write("api/Dockerfile", "FROM alpine:3.19\n");
    write("api/main", "one");
    mkdirSync(path.join(checkout, "bin"));
    // It knows the images that it has pushed, in the file `pushed`.
    write(
      "bin/docker",
      `#!/bin/sh
case "$*" in
  login*) cat >"$CI_PROJECT_DIR/password" ;;
  "buildx imagetools inspect"*)
    for image; do :; done
    grep -qx "$image" "$CI_PROJECT_DIR/pushed" 2>/dev/null && echo '{"digest": "sha256:aa"}' ;;
  "buildx build"*) while [ "$1" != --tag ]; do shift; done; echo "$2" >>"$CI_PROJECT_DIR/pushed" ;;
esac
`,
    );
    chmodSync(path.join(checkout, "bin/docker"), 0o755);
  });

  afterEach(() => rmSync(checkout, { recursive: true }));

  function write(file: string, text: string): void {
    writeFileSync(path.join(checkout, file), text);
  }

  /** Runs the commands of the job. */
  function run(variables: Readonly<Record<string, string>> = {}) {
    const { script = [] } = entries({ tests: SERVICES })["shop:image:api"] ?? {};
    return spawnSync("sh", ["-ec", script.join("\n")], {
      encoding: "utf8",
      env: {
        ...{ PATH: `${checkout}/bin:${process.env.PATH}`, CI_PROJECT_DIR: checkout },
        ...{ CI_REGISTRY: "registry.example", CI_REGISTRY_USER: "bot", CI_REGISTRY_PASSWORD: "geheim" },
        ...{ CI_REGISTRY_IMAGE: "registry.example/team/shop", ...variables },
      },
    });
  }

  /** The images that were pushed so far. */
  function pushed(): readonly string[] {
    expect(run()).toMatchObject({ status: 0, stdout: "", stderr: "" });
    return readFileSync(path.join(checkout, "pushed"), "utf8").trim().split("\n");
  }

  test("push each content once, and hand on its reference", () => {
    const [first, ...none] = pushed();
    expect([first, none]).toEqual([expect.stringMatching(/^registry\.example\/team\/shop\/api:\w{16}$/), []]);
    expect(readFileSync(path.join(checkout, "nestbox-image.env"), "utf8")).toBe(
      `NESTBOX_IMAGE_API=${first}@sha256:aa\n`,
    );
    expect(readFileSync(path.join(checkout, "password"), "utf8")).toBe("geheim");
    expect(pushed()).toHaveLength(1);
  });

  test.each<readonly [string, () => void]>([
    ["a file's text", () => write("api/main", "two")],
    ["a new file", () => write("api/other", "one")],
    ["a file that becomes executable", () => chmodSync(path.join(checkout, "api/main"), 0o755)],
    ["a new link", () => symlinkSync("main", path.join(checkout, "api/link"))],
  ])("push again after %s", (_, change) => {
    pushed();
    change();
    expect(pushed()).toHaveLength(2);
  });

  test("name the setting of a project without a registry, and push nothing", () => {
    const { status, stderr } = run({ CI_REGISTRY_IMAGE: "" });
    expect(status).not.toBe(0);
    expect(stderr).toContain("enable the container registry of this project");
    expect(existsSync(path.join(checkout, "pushed"))).toBe(false);
  });
});

test("without the strategy a compose file builds in each job, which needs no registry", () => {
  const found = entries({ tests: {} });
  expect(Object.keys(found)).toEqual([".nestbox-wait", "shop:tests"]);
  expect(found["shop:tests"]?.script.join()).toContain("docker compose");
});

describe("when an image is built", () => {
  const rules = [{ if: "$CI_COMMIT_TAG", when: "manual", allowFailure: true }, { when: "never" }] as const;

  test("follows the rules of the jobs, without what is said of their ends", () => {
    const gitlab = { ...SERVICES.gitlab, rules };
    expect(entries({ one: { gitlab }, two: { gitlab } })["shop:image:api"]).toMatchObject({
      rules: [{ if: "$CI_COMMIT_TAG" }, { when: "never" }],
    });
  });

  test("cannot follow different rules", () => {
    expect(() => entries({ one: { gitlab: { ...SERVICES.gitlab, rules } }, two: SERVICES })).toThrow(
      'shop.jobs.two.gitlab.rules: differs from that of the job "one", which needs the same built image; set',
    );
  });

  test("is in their stage, or before all others", () => {
    const inStage = (stage: string) => ({ gitlab: { ...SERVICES.gitlab, stage } });
    const stageOf = (...stages: readonly string[]) =>
      entries(Object.fromEntries(stages.map((stage, index) => [`job${index}`, inStage(stage)])))[
        "shop:image:api"
      ]?.stage;
    expect(stageOf("check", "check")).toBe("check");
    expect(stageOf("check", "deploy")).toBe(".pre");
  });
});

test("a project whose runners run no Docker daemon is refused", () => {
  expect(() => entries({ tests: SERVICES }, undefined, { runners: [PLAIN] })).toThrow(
    /shop\.jobs\.tests\.gitlab\.strategy: no runner .*does not run docker:dind privileged/,
  );
});
