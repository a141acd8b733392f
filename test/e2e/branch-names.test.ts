import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { removeOwned } from "../../bench/remove-owned.ts";
import type { ListAnswer } from "../../src/cli/answers/answers.ts";
import { LABEL } from "../../src/model/labels.ts";
import { uniqueName } from "../../src/model/names.ts";
import { ownedBy, serviceContainer } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

/**
 * Letters of several scripts, and special characters of shells, YAML and paths: more than 200 characters in
 * fewer than 255 bytes.
 */
const LONG = [
  "Größe/日本/🦆/$(touch pwned)`touch pwned`;touch pwned&|>pwned",
  `"double" 'single' \\ * ? {a,b} ~ # : - %00 ../../`,
  "x".repeat(100),
].join(" ");
const DASHED = "-rf/--force";

const CASES = ["Feature/Login", "feature/login"] as const;
const PUNCTUATION = ["fix_1.0", "fix-1/0"] as const;

let project: UserProject;

beforeAll(() => {
  project = userProject("e2e-branch-names");
  project.write("Pulumi.branch.yaml", "config:\n  nestbox:sandboxes: [shop]\n  nestbox:timeToLive: 2h\n");
  project.declare(`sandbox("shop", {
    services: { cache: redis() },
    jobs: {
      count: {
        image: "redis:7-alpine",
        env: ({ cache }) => ({ HOST: cache.host }),
        script: ["redis-cli -h $HOST incr runs"],
      },
    },
  })`);
});

afterAll(async () => {
  for (const branch of [LONG, DASHED, ...CASES, ...PUNCTUATION])
    await removeOwned(project.ownerOfBranch(branch));
  await project.remove();
});

/** Runs a branch's job, and returns the counter of the branch's own Redis. */
async function counted(branch: string): Promise<string | undefined> {
  const { stdout } = await project.succeed("run", "shop", `--branch=${branch}`);
  return /^(\d+)$/m.exec(stdout)?.[1];
}

function statesLeft(): readonly string[] {
  const folder = path.join(project.folder, "state/.pulumi/stacks/nestbox");
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
}

test("the long name is long", () => {
  expect([...LONG].length).toBeGreaterThan(200);
  expect(Buffer.byteLength(LONG)).toBeLessThanOrEqual(255);
});

test.each([
  ["of several scripts, long, with special characters", LONG],
  ["with a dash at its start", DASHED],
])("a branch with a name %s has a stack, and down removes it", async (_, branch) => {
  const before = readdirSync(project.folder).sort();
  await project.succeed("up", `--branch=${branch}`);
  const { Config } = await serviceContainer(project.ownerOfBranch(branch), "cache");
  expect(Config.Labels).toMatchObject({ [LABEL.branch]: branch, [LABEL.stack]: uniqueName(branch) });
  expect(await counted(branch)).toBe("1");
  const { sandboxes = [] } = JSON.parse((await project.succeed("ls", "--json")).stdout) as ListAnswer;
  expect(sandboxes.map(({ stack }) => stack)).toContain(uniqueName(branch));
  await project.succeed("down", `--branch=${branch}`);
  expect(await ownedBy(project.ownerOfBranch(branch))).toEqual([]);
  expect(statesLeft()).toEqual([]);
  // No shell has interpreted the name.
  expect(readdirSync(project.folder).sort()).toEqual(before);
});

test.each([
  ["case", CASES],
  ["punctuation", PUNCTUATION],
])("two branches that differ only in %s have two stacks side by side", async (_, branches) => {
  const [one, other] = branches;
  await Promise.all(branches.map((branch) => project.succeed("up", `--branch=${branch}`)));
  const containers = await Promise.all(
    branches.map((branch) => serviceContainer(project.ownerOfBranch(branch), "cache")),
  );
  expect(containers.map(({ Config }) => Config.Labels[LABEL.branch])).toEqual([...branches]);
  expect(new Set(containers.map(({ Id }) => Id)).size).toBe(2);
  // The counter of one does not affect the other.
  expect([await counted(one), await counted(one), await counted(other)]).toEqual(["1", "2", "1"]);
  await project.succeed("down", `--branch=${one}`);
  expect(await ownedBy(project.ownerOfBranch(one))).toEqual([]);
  expect(await counted(other)).toBe("2");
  await project.succeed("down", `--branch=${other}`);
  expect(await ownedBy(project.ownerOfBranch(other))).toEqual([]);
});
