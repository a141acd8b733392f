import { expect, test } from "@jest/globals";
import { TARBALLS } from "../published.ts";
import { installedProject, succeeded } from "./installed-project.ts";

// What a new user types, from the tarball alone: install, init, run.

/** Repositories before Nestbox, and the folder in which it is installed. */
const REPOSITORIES: Readonly<
  Record<string, { readonly files: Readonly<Record<string, string>>; readonly folder: string }>
> = {
  "of Python": { files: { "pyproject.toml": '[project]\nname = "shop"\n' }, folder: "." },
  "after npm init": { files: {}, folder: "." },
  "of ES modules": { files: { "package.json": '{ "name": "shop", "type": "module" }' }, folder: "." },
  "with workspaces": {
    files: {
      "package.json": '{ "name": "all", "private": true, "workspaces": ["apps/*"] }',
      "apps/shop/package.json": '{ "name": "shop" }',
    },
    folder: "apps/shop",
  },
};

test.each(Object.entries(REPOSITORIES))(
  "a repository %s gets a sandbox and runs its job",
  async (name, { files, folder }) => {
    const project = installedProject(files, folder);
    if (name === "after npm init") await succeeded(project.run("npm", ["init", "--yes"]));
    await project.install(TARBALLS.nestbox);
    await succeeded(project.npx("init", "--service", "redis"));
    const { stdout, stderr } = await succeeded(project.npx("run"));
    expect(stdout).toContain("PONG");
    expect(stderr).toMatch(/✓ \S+ check-redis .* passed/);
    expect((await succeeded(project.npx("init", "--service", "redis"))).stdout).not.toMatch(/^written/m);
  },
  300_000,
);
