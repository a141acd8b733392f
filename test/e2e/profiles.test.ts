import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-profiles");
  project.declare(`sandbox("shop", {
    services: { cache: redis() },
    jobs: {
      nightly: { image: "redis:7-alpine", profiles: ["nightly"], script: ["echo all night"] },
      quick: { image: "redis:7-alpine", script: ["echo quick one"] },
    },
  })`);
});

beforeEach(async () => {
  project.configure({ sandboxes: ["shop"] });
  await project.bringUp();
});

afterAll(() => project.remove());

function expectQuickAlone({ exitCode, stdout, stderr }: CommandEnd): void {
  expect(stderr).toMatch(/… shop nightly: skipped; profile nightly is not active/);
  expect(stdout).toMatch(/^quick one$/m);
  expect(stdout).not.toMatch(/^all night$/m);
  expect(exitCode).toBe(0);
}

test("run --all skips the jobs of inactive profiles", async () => {
  await project.bringUp();
  expectQuickAlone(await project.nestbox(["run", "--all"]));
});

test("run skips them too, unless the job is named", async () => {
  expectQuickAlone(await project.nestbox(["run", "shop"]));
  const { exitCode, stderr } = await project.nestbox(["run", "shop", "nightly"]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/shop\.jobs\.nightly: profile nightly is not active; add it to nestbox:profiles/);
});

test("run runs them once their profile is active", async () => {
  project.configure({ sandboxes: ["shop"], profiles: ["nightly"] });
  const { exitCode, stdout, stderr } = await project.nestbox(["run", "shop"]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^all night$[\s\S]*^quick one$/m);
  expect(stderr).not.toMatch(/left out/);
});

test("run --all of a stack without jobs runs nothing", async () => {
  project.configure({ sandboxes: [] });
  expect(await project.nestbox(["run", "--all"])).toMatchObject({ exitCode: 0, stdout: "", stderr: "" });
});
