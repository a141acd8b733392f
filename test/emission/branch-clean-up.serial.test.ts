import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { engineTime } from "../../src/docker/engine-clock.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { stackLeases } from "../../src/stacks/stack-lease.ts";
import { ownedBy } from "../e2e/engine-view.ts";
import { eventually } from "../eventually.ts";
import { BRANCH, type BranchPipeline, branchPipeline } from "./branch-pipeline.ts";

// Serial: the scheduled job removes the expired stacks of all owners on the engine.

let pipeline: BranchPipeline;

beforeAll(async () => {
  pipeline = await branchPipeline();
}, 600_000);

afterAll(() => pipeline?.remove());

test("the scheduled clean-up job removes an expired stack", async () => {
  pipeline.checkOutBranch();
  const settings = "config:\n  nestbox:sandboxes: [snake]\n  nestbox:timeToLive: 1s\n";
  pipeline.project.write("Pulumi.branch.yaml", settings);
  const up = await pipeline.run("branch:up", { branch: BRANCH });
  expect(up.verdictOn("branch:up")).toBe("PASS");
  expect(await ownedBy(pipeline.owner)).not.toEqual([]);
  await waitForExpiry();
  pipeline.deleteBranch();
  const end = await pipeline.run("branch:clean-up", { variables: { CI_PIPELINE_SOURCE: "schedule" } });
  expect(end.verdictOn("branch:clean-up")).toBe("PASS");
  expect(end.outputOf("branch:clean-up")).toContain(BRANCH);
  expect(await ownedBy(pipeline.owner)).toEqual([]);
}, 300_000);

/** Waits until the branch's stack has expired by the engine's clock. */
async function waitForExpiry(): Promise<void> {
  const engine = engineHost(process.env);
  const ends = stackLeases(await readOwnedResources(engine)).get(pipeline.owner)?.expires;
  if (typeof ends !== "number") throw new Error(`the branch's stack ends ${ends}`);
  await eventually(async () => expect(await engineTime(engine)).toBeGreaterThan(ends), { within: "1m" });
}
