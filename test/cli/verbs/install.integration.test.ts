import { spawnSync } from "node:child_process";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Machine, WANTED } from "../../setup/pulumi-doubles.ts";

let machine: Machine;

beforeEach(() => {
  machine = new Machine();
  machine.hasCli("3.250.0", "bin/pulumi", ["docker", "kubernetes"]);
  machine.hasLanguageHost();
  machine.write("project/Pulumi.yaml", "name: shop\nruntime: nodejs\n");
});

afterEach(() => machine.remove());

function install() {
  const command = path.resolve(__dirname, "../../../src/cli/main.mjs");
  const words = [command, "--project", machine.project, "install"];
  return spawnSync(process.execPath, words, { encoding: "utf8", env: process.env });
}

const downloads = () => machine.asked("pulumi").filter((words) => words.startsWith("plugin install"));
const DOCKER = `plugin install resource docker ${WANTED.docker}`;

test("the providers of the packages that the project installs are provided", () => {
  expect(install()).toMatchObject({ status: 0 });
  expect(downloads()).toEqual([DOCKER, `plugin install resource kubernetes ${WANTED.kubernetes}`]);
});

test("a package that does not fit is an error only where a stack's settings name a cluster", () => {
  machine.write("project/node_modules/@pulumi/kubernetes/package.json", '{ "version": "3.30.0" }');
  expect(install()).toMatchObject({ status: 0 });
  expect(downloads()).toEqual([DOCKER]);
  machine.write("project/Pulumi.staging.yaml", "config: { nestbox:target: kubernetes }\n");
  expect(install()).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/@pulumi\/kubernetes 3\.30\.0 does not fit nestbox .*; run npm install/),
  });
});
