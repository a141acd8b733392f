import { expect, test } from "@jest/globals";
import { gitlabProof } from "../../../src/gitlab/proof/gitlab-proof.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { probingPlan } from "../../../src/proof/probing-plan.ts";
import { BROAD } from "../../proof/broad-sandbox.ts";
import { SMALL } from "../../proof/small-sandbox.ts";

const target = gitlabProof({ projectFolder: "/no/project", runners: [] });

const probed = (plan: Plan) => probingPlan(plan, () => []).plan;

test("gitlab-ci-local uses two images, and a daemon's for a job by compose", async () => {
  const helpers = ["firecow/gitlab-ci-local-util:latest", "sumina46/wait-for-it:latest"];
  expect(await target.images?.(probed(SMALL), {})).toEqual(helpers);
  expect(await target.images?.(probed(BROAD), {})).toEqual([...helpers, "docker:25.0.0-cli", "docker:dind"]);
});
