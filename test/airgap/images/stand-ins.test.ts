import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { recipeOf } from "../../../airgap/images/build.ts";
import { BUILDKIT } from "../../../airgap/images/compiled-programs.ts";
import { GITLAB_RUNNER_IMAGES, STAND_INS } from "../../../airgap/images/stand-ins.ts";

test("each stand-in has its Dockerfile", () => {
  const folder = join(__dirname, "../../../airgap/images");
  const missing = STAND_INS.filter((standIn) => !existsSync(join(folder, standIn.folder, "Dockerfile")));
  expect(missing).toEqual([]);
});

test("each stand-in has a name with a tag", () => {
  expect(STAND_INS.filter(({ name }) => !/^[^:@]+:[^:@]+$/.test(name))).toEqual([]);
});

test("the sources of compiled programs are part of the recipe", () => {
  const airgap = join(__dirname, "../../../airgap");
  const copy = mkdtempSync(join(tmpdir(), "nestbox-test-"));
  try {
    for (const folder of ["images", "gitlab-runner", "buildkit"]) {
      cpSync(join(airgap, folder), join(copy, folder), { recursive: true });
    }
    const recipes = () => STAND_INS.map((standIn) => recipeOf(standIn, join(copy, "images")));
    const before = recipes();
    expect(before).toEqual(STAND_INS.map((standIn) => recipeOf(standIn)));
    writeFileSync(join(copy, "gitlab-runner/left-out/moa/more.go"), "package moa\n");
    const changed = recipes().flatMap((recipe, index) =>
      recipe === before[index] ? [] : [STAND_INS[index]?.name],
    );
    expect(changed).toEqual(GITLAB_RUNNER_IMAGES);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test("descriptions of compiled programs have the versions of their Go modules", () => {
  const named = readFileSync(join(__dirname, "../../../airgap/buildkit/go.mod"), "utf8");
  expect(named).toContain(`github.com/moby/buildkit v${BUILDKIT.version} `);
  expect(named).toContain(`github.com/rootless-containers/rootlesskit/v2 v${BUILDKIT.rootlessKit} `);
});
