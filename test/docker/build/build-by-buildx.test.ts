import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { buildByBuildx, hasBuildx } from "../../../src/docker/build/build-by-buildx.ts";
import { buildContext } from "../../../src/images/build-context.ts";
import type { PlannedBuild } from "../../../src/model/plan/plan.ts";

const BUILD: PlannedBuild = {
  ...{ image: "localhost/nestbox/api:1", context: "api", dockerfile: "deploy/Dockerfile", target: "tests" },
  ...{ args: { VERSION: "1 2" }, secrets: { npm: "npm-token" }, platform: "linux/arm64" },
  cacheFrom: ["api:main"],
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-buildx-"));
  mkdirSync(path.join(folder, "api/deploy"), { recursive: true });
  writeFileSync(path.join(folder, "api/deploy/Dockerfile"), "FROM alpine:3.19\n");
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A docker command that writes its words, its engine and the secret's value to files. */
function environment(script = ""): Readonly<Record<string, string>> {
  const words = `printf '%s\\n' "$@" >${folder}/words`;
  const body = `${words}\necho "$DOCKER_HOST $NESTBOX_SECRET_NPM_TOKEN" >${folder}/env`;
  writeFileSync(path.join(folder, "docker"), `#!/bin/sh\n${body}\n${script}\n`, { mode: 0o755 });
  return { PATH: `${folder}:${process.env.PATH}`, NESTBOX_SECRET_NPM_TOKEN: "xylophone" };
}

function built(variables: Readonly<Record<string, string>>, lines: string[] = []) {
  const docker = { host: "tcp://192.0.2.1:2375", origin: "test", isChosen: true };
  const request = { docker, projectFolder: folder, onLine: (line: string) => void lines.push(line) };
  const context = buildContext(folder, BUILD, "place");
  return buildByBuildx(BUILD, context, { "nestbox.build": "api" }, { ...request, environment: variables });
}

test("buildx gets all that the build says, and secrets by their variables alone", async () => {
  await built(environment());
  expect(readFileSync(path.join(folder, "words"), "utf8").trimEnd().split("\n")).toEqual([
    ...["buildx", "build", "--builder", "default", "--load", "--progress", "plain"],
    ...["--provenance", "false", "--tag", "localhost/nestbox/api:1"],
    ...["--file", path.join(folder, "api/deploy/Dockerfile"), "--label", "nestbox.build=api"],
    ...["--build-arg", "VERSION=1 2", "--secret", "id=npm,env=NESTBOX_SECRET_NPM_TOKEN"],
    ...["--cache-from", "api:main", "--target", "tests", "--platform", "linux/arm64"],
    path.join(folder, "api"),
  ]);
  expect(readFileSync(path.join(folder, "env"), "utf8")).toBe("tcp://192.0.2.1:2375 xylophone\n");
});

test("a secret without a value is named before anything is built", async () => {
  await expect(built({ ...environment(), NESTBOX_SECRET_NPM_TOKEN: undefined } as never)).rejects.toThrow(
    'build of api: no value for its secret "npm"; set NESTBOX_SECRET_NPM_TOKEN',
  );
});

test("a step that fails has its last lines", async () => {
  const lines: string[] = [];
  const failed = built(environment("echo one; echo two >&2; exit 1"), lines);
  await expect(failed).rejects.toMatchObject({ name: "ChildFailed", exitCode: 1 });
  expect(lines.sort()).toEqual(["one", "two"]);
});

test("a docker command may lack buildx, and a machine the docker command", async () => {
  expect(await hasBuildx(environment())).toBe(true);
  expect(await hasBuildx(environment("exit 1"))).toBe(false);
  expect(await hasBuildx({ PATH: "/nowhere" })).toBe(false);
});
