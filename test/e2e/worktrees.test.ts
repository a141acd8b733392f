import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { engineHost } from "../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import type { OwnedResource } from "../../src/ownership/owned-resource.ts";
import { eventually } from "../eventually.ts";
import { PUBLISHED_MODULES } from "../published.ts";
import { type UserProject, userProject } from "./user-project.ts";

let project: UserProject;
/** Two worktrees of one repository, and a clone of it. */
let checkouts: readonly [string, string, string];

beforeEach(() => {
  project = userProject("e2e-worktrees");
  for (const file of ["Pulumi.yaml", "infra", "state"])
    rmSync(path.join(project.folder, file), { recursive: true });
  project.write(".gitignore", "node_modules\n");
  project.declare(
    `sandbox("shop", {
      services: { cache: redis() },
      jobs: { read: { image: "redis:7-alpine", script: ["redis-cli -h cache get checkout"] } },
    })`,
  );
  git(project.folder, "init");
  git(project.folder, "add", ".");
  git(project.folder, "commit", "--message", "first");
  const [first, second, clone] = ["first", "second", "clone"].map((name) => `${project.folder}-${name}`);
  checkouts = [first ?? "", second ?? "", clone ?? ""];
  git(project.folder, "worktree", "add", checkouts[0]);
  git(project.folder, "worktree", "add", checkouts[1]);
  git(project.folder, "clone", project.folder, checkouts[2]);
  for (const folder of checkouts) symlinkSync(PUBLISHED_MODULES, path.join(folder, "node_modules"));
});

afterEach(async () => {
  const all = await Promise.all(checkouts.map(owned));
  await removeResources(engineHost(process.env), all.flat());
  for (const folder of checkouts) rmSync(folder, { recursive: true, force: true });
  await project.remove();
});

function git(folder: string, ...words: readonly string[]): string {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
  const stdio = ["ignore", "pipe", "ignore"] as const;
  return execFileSync("git", [...identity, ...words], { cwd: folder, stdio: [...stdio], encoding: "utf8" });
}

/** The output of a command in a checkout, which must succeed. */
async function nestbox(folder: string, ...words: readonly string[]): Promise<string> {
  return (await project.succeed("--project", folder, ...words)).stdout;
}

/** All resources of a checkout on the engine, leases too. */
async function owned(folder: string): Promise<readonly OwnedResource[]> {
  const all = await readOwnedResources(engineHost(process.env));
  return all.filter(({ labels }) => labels[LABEL.project] === path.basename(folder));
}

test("two worktrees and a clone at once: no port is written, nothing is shared, each goes", async () => {
  const [first, second, clone] = checkouts;
  await Promise.all(checkouts.map((folder) => nestbox(folder, "up")));

  await Promise.all(
    checkouts.map((folder) =>
      nestbox(folder, "exec", "cache", "--", "redis-cli", "set", "checkout", path.basename(folder)),
    ),
  );
  const read = await Promise.all(checkouts.map((folder) => nestbox(folder, "run")));
  for (const [index, folder] of checkouts.entries()) expect(read[index]).toContain(path.basename(folder));

  const variables = await Promise.all(checkouts.map((folder) => nestbox(folder, "env", "--format", "json")));
  const addresses = variables.map((text) => JSON.parse(text).REDIS_URL);
  for (const address of addresses) expect(address).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\/0$/);
  expect(new Set(addresses).size).toBe(3);
  for (const folder of checkouts)
    expect(git(folder, "status", "--porcelain", "--ignored")).toBe("!! node_modules\n");

  await nestbox(first, "down");
  expect(await owned(first)).toEqual([]);
  expect(await nestbox(second, "run")).toContain(path.basename(second));

  git(project.folder, "worktree", "remove", second);
  rmSync(clone, { recursive: true });
  // The next command may be one of another test, which is at it.
  await nestbox(project.folder, "ls");
  await eventually(async () => expect([...(await owned(second)), ...(await owned(clone))]).toEqual([]), {
    within: "30s",
  });
});
