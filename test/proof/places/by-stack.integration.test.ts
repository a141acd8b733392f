import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DOCKER_TARGET } from "../../../src/docker/target.ts";
import { DEFAULT_POOL } from "../../../src/model/subnets.ts";
import { stackTarget } from "../../../src/proof/places/by-stack.ts";
import type { ProofTarget } from "../../../src/sandbox/proof-target.ts";
import { type UserProject, userProject } from "../../e2e/user-project.ts";
import { PUBLISHED_COMMAND } from "../../published.ts";
import { proveOn } from "../prove-on.ts";
import { connectTo } from "../running-target.ts";
import { SMALL } from "../small-sandbox.ts";

let project: UserProject;
let target: ProofTarget;

beforeAll(async () => {
  project = userProject("prove");
  target = stackTarget({
    ...{ target: DOCKER_TARGET, place: await connectTo(DOCKER_TARGET, "prove"), hasStacks: true },
    ...{ subnetPool: DEFAULT_POOL, privilegedImages: [], main: PUBLISHED_COMMAND },
  });
});

afterAll(() => project.remove());

/** Declares the small sandbox. */
function declare(service: string): void {
  project.declare(`sandbox("small", { services: { cache: redis(${service}) } })`);
}

test("a stack is as declared", async () => {
  declare('{ alias: ["cache", "store"], env: { GREETING: "hello $HOME" }, limits: { memory: "64MiB" } }');
  expect(await proveOn(target, SMALL, { projectFolder: project.folder })).toEqual({
    kept: ["aliases", "cleanUp", "environment", "exitCode", "limits", "readiness"],
    failures: [],
  });
});

test("a stack without limits, with a wrong alias and another variable is named", async () => {
  declare('{ env: { GREETING: "hello" }, alias: "behind" }');
  const { failures } = await proveOn(target, SMALL, { projectFolder: project.folder });
  expect(failures).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^aliases of small\.jobs\.prove-tests: cache:6379: silent, not answered$/),
      expect.stringMatching(
        /^environment of small\.services\.cache: GREETING: something else, not as declared$/,
      ),
      expect.stringMatching(/^limits of small\.services\.cache: memory: \d+, not 67108864$/),
    ]),
  );
});
