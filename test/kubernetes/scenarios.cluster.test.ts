import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import secrets from "../../sandboxes/secrets.ts";
import shop from "../../sandboxes/shop.ts";
import twoNetworks from "../../sandboxes/two-networks.ts";
import { dind } from "../../src/catalog/dind.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { runEmittedJob } from "./emitted-job.ts";
import { applySandbox, type EmittedNamespace, untilAvailable } from "./emitted-namespace.ts";

/** Like the scenario docker-env, without images from a public registry. */
const docker = sandbox("docker", {
  services: { docker: dind() },
  jobs: {
    playground: {
      image: "docker:25.0.0-cli",
      env: ({ docker }) => docker.variables,
      script: ['test "$DOCKER_TLS_VERIFY" = 1', "docker info --format 'Storage: {{ .Driver }}'"],
    },
  },
});

describe.each([
  { declared: shop, jobs: ["database-tests", "cache-tests", "api-tests"] },
  { declared: secrets, jobs: ["asks-with-password"] },
  { declared: twoNetworks, jobs: ["inside", "outside"] },
  { declared: docker, jobs: ["playground"] },
])("$declared.name", ({ declared, jobs }) => {
  let emitted: EmittedNamespace;
  beforeAll(() => {
    emitted = applySandbox(declared);
  });
  afterAll(() => emitted.remove());

  test.each(jobs)("the job %s succeeds", async (key) => {
    expect(await runEmittedJob(emitted, key)).toMatchObject({ exitCode: 0 });
  });

  test("all services are ready", () => untilAvailable(emitted));
});
