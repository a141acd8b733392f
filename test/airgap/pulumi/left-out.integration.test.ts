import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type PulumiProject, pulumiProject, pulumiYaml } from "../pulumi-project.ts";

let project: PulumiProject;

beforeAll(async () => {
  project = await pulumiProject({ "Pulumi.yaml": pulumiYaml() });
});
afterAll(() => project?.remove());

test("a value that looks like a secret is not stored as plain text", async () => {
  const strong = await project.pulumi("config", "set", "password", "aK9#mPq2$xL5vR8w");
  expect(strong.output).toContain("looks like a secret");
  expect(strong.code).not.toBe(0);
  for (const [key, value] of [
    ["password", "hunter2"],
    ["greeting", "aK9#mPq2$xL5vR8w"],
  ])
    expect(await project.pulumi("config", "set", key ?? "", value ?? "")).toMatchObject({ code: 0 });
});
