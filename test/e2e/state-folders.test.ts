import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { removeOwned } from "../../bench/remove-owned.ts";
import { ownerOf } from "../../src/stacks/stack-identity.ts";
import { ownedBy } from "./engine-view.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

let project: UserProject;
/** Pulumi.yaml without a backend. */
let settings: string;

beforeAll(() => {
  project = userProject("e2e-state-folders");
  settings = readFileSync(path.join(project.folder, "Pulumi.yaml"), "utf8");
  project.configure({ sandboxes: ["shop"], timeToLive: "2h" });
  project.declare('sandbox("shop", { services: { cache: redis() } })');
});

beforeEach(() => project.write("Pulumi.yaml", settings));

afterAll(async () => {
  for (const folder of ["elsewhere", ".nestbox/state", "former"]) await removeOwned(ownerIn(folder));
  await project.remove();
});

function ownerIn(folder: string): string {
  const backend = `file://${path.join(project.folder, folder)}`;
  return ownerOf({ project: "nestbox", stack: project.stack, backend });
}

/** Runs a command without PULUMI_BACKEND_URL. */
async function succeed(...words: readonly string[]): Promise<CommandEnd> {
  const end = await project.nestbox(words, { PULUMI_BACKEND_URL: undefined });
  if (end.exitCode !== 0) throw new Error(`${words.join(" ")} failed:\n${end.stdout}${end.stderr}`);
  return end;
}

test("without a configured backend, every command keeps the state in the project", async () => {
  await succeed("up");
  expect(existsSync(path.join(project.folder, ".nestbox/state/.pulumi/stacks/nestbox"))).toBe(true);
  expect((await succeed("extend", "5h")).stdout).toMatch(/ends in (5 h|4 h 5\d min)/);
  await succeed("down");
  expect(await ownedBy(ownerIn(".nestbox/state"))).toEqual([]);
});

test("every command, and plain pulumi, uses the state in Pulumi.yaml", async () => {
  mkdirSync(path.join(project.folder, "elsewhere"));
  project.write("Pulumi.yaml", `${settings}\nbackend:\n  url: file://elsewhere\n`);
  await succeed("up");
  expect(existsSync(path.join(project.folder, "elsewhere/.pulumi/stacks/nestbox"))).toBe(true);
  expect(await ownedBy(ownerIn("elsewhere"))).toHaveLength(3);
  await succeed("pulumi", "preview", "--expect-no-changes", "-s", project.stack);
  expect((await succeed("extend", "5h")).stdout).toMatch(/ends in (5 h|4 h 5\d min)/);
  await succeed("down");
  expect(await ownedBy(ownerIn("elsewhere"))).toEqual([]);
});

test("gc finds all stacks in a state with Pulumi's legacy layout", async () => {
  const state = path.join(project.folder, "former");
  mkdirSync(state);
  const former = { PULUMI_BACKEND_URL: `file://${state}` };
  expect((await project.nestbox(["up"], former)).exitCode).toBe(0);
  const before = await ownedBy(ownerIn("former"));
  const stacks = path.join(state, ".pulumi/stacks");
  renameSync(
    path.join(stacks, "nestbox", `${project.stack}.json`),
    path.join(stacks, `${project.stack}.json`),
  );
  rmSync(path.join(state, ".pulumi/meta.yaml"));
  // Newer versions of Pulumi refuse the layout, older ones still use it.
  const listed = await project.nestbox(["pulumi", "stack", "ls"], former);
  const { exitCode, stderr } = await project.nestbox(["gc", "--yes"], former);
  expect({ exitCode, stderr }).toEqual(
    listed.exitCode === 0
      ? { exitCode: 0, stderr: "" }
      : {
          exitCode: 2,
          stderr: expect.stringMatching(/^error PULUMI_BACKEND_URL: .* legacy layout, .* state upgrade$/m),
        },
  );
  expect(await ownedBy(ownerIn("former"))).toEqual(before);
  const upgrade = ["pulumi", "state", "upgrade", "--yes"];
  const willing = { ...former, PULUMI_DIY_BACKEND_IGNORE_DEPRECATION_ERROR: "1" };
  expect((await project.nestbox(upgrade, willing)).exitCode).toBe(0);
  expect((await project.nestbox(["down"], former)).exitCode).toBe(0);
  expect(await ownedBy(ownerIn("former"))).toEqual([]);
});
