import { expect, test } from "@jest/globals";
import { runningTarget } from "../../src/project/running-target.ts";
import { TARGETS } from "../../src/targets/index.ts";

test("a target is found by its name", async () => {
  expect((await runningTarget(TARGETS, "docker", "Pulumi.dev.yaml")).needs.engine).toBe(true);
  expect((await runningTarget(TARGETS, "kubernetes", "Pulumi.dev.yaml")).needs.cluster).toBe(true);
});

test("an unknown target is refused, naming file, setting, value and remedy", async () => {
  await expect(runningTarget(TARGETS, "podman", "Pulumi.dev.yaml")).rejects.toThrow(
    'Pulumi.dev.yaml: nestbox:target is "podman"; it must be "docker" or "kubernetes"',
  );
});
