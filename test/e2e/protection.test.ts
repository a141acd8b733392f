import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { removeOwned } from "../../bench/remove-owned.ts";
import { uniqueName } from "../../src/model/names.ts";
import { ownerOf } from "../../src/stacks/stack-identity.ts";
import { ownedBy } from "./engine-view.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

const BRANCH = "release/1.2";

let project: UserProject;
let owner: string;

beforeAll(() => {
  project = userProject("e2e-protection");
  const backend = `file://${path.join(project.folder, "state")}`;
  owner = ownerOf({ project: "nestbox", stack: uniqueName(BRANCH), backend });
  project.declare('sandbox("shop", { services: { cache: redis() } })');
});

afterEach(() => succeed("down", `--branch=${BRANCH}`, "--force"));

afterAll(async () => {
  await removeOwned(owner);
  await project.remove();
});

function protect(branches: readonly string[]): void {
  project.write(
    "Pulumi.branch.yaml",
    "config:\n  nestbox:sandboxes: [shop]\n  nestbox:timeToLive: 1ms\n" +
      `  nestbox:protectedBranches: ${JSON.stringify(branches)}\n`,
  );
}

function nestbox(...words: readonly string[]): Promise<CommandEnd> {
  return project.nestbox(words, { CI: undefined });
}

async function succeed(...words: readonly string[]): Promise<CommandEnd> {
  const end = await nestbox(...words);
  if (end.exitCode !== 0) throw new Error(`${words.join(" ")} failed:\n${end.stdout}${end.stderr}`);
  return end;
}

test("an expired stack of a branch that is protected since stays and has no end", async () => {
  protect([]);
  await succeed("up", `--branch=${BRANCH}`);
  expect((await succeed("gc", `--branch=${BRANCH}`, "--json")).stdout).toContain(owner);
  protect(["main", "release/*"]);
  const { stdout, stderr } = await succeed("gc", `--branch=${BRANCH}`, "--yes", "--json");
  expect(stdout).not.toContain(owner);
  expect(stderr).toMatch(
    /stack release-1-2-\w{6}: ended .* ago, but nestbox:protectedBranches protects its branch; skipped/,
  );
  await succeed("up", `--branch=${BRANCH}`);
  expect((await succeed("ls")).stdout).toMatch(/release\/1\.2.* never ends/);
  expect((await succeed("gc", `--branch=${BRANCH}`)).stdout).not.toContain("release/1.2");
});

describe("the stack of a protected branch", () => {
  beforeEach(async () => {
    protect(["main", "release/*"]);
    await succeed("up", `--branch=${BRANCH}`);
  });

  test("gets no end by extend", async () => {
    const { exitCode, stderr } = await nestbox("extend", "1h", `--branch=${BRANCH}`);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /error extend: nestbox:protectedBranches protects branch "release\/1\.2", so its stack never ends/,
    );
    expect((await succeed("extend", `--branch=${BRANCH}`)).stdout).toMatch(/never ends/);
  });

  test("stays if its state is missing", async () => {
    rmSync(path.join(project.folder, "state/.pulumi/stacks/nestbox"), { recursive: true });
    expect((await succeed("gc", `--branch=${BRANCH}`, "--yes")).stderr).toMatch(
      /not in the state, but nestbox:protectedBranches protects its branch/,
    );
    expect(await ownedBy(owner)).not.toEqual([]);
  });

  test("is removed by down --force alone", async () => {
    const { exitCode, stderr } = await nestbox("down", `--branch=${BRANCH}`);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /nestbox:protectedBranches protects branch "release\/1\.2"; to remove its sandboxes, add --force/,
    );
    expect(await ownedBy(owner)).not.toEqual([]);
    await succeed("down", `--branch=${BRANCH}`, "--force");
    expect(await ownedBy(owner)).toEqual([]);
  });
});
