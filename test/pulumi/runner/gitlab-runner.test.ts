import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as docker from "@pulumi/docker";
import { LABEL } from "../../../src/model/labels.ts";
import { GitLabRunner } from "../../../src/pulumi/runner/gitlab-runner.ts";
import { type ReadyEngineDouble, readyEngineDouble } from "../docker/ready-engine-double.ts";
import { type Provider, record } from "../docker/recording-monitor.ts";

let double: ReadyEngineDouble;

beforeAll(async () => {
  double = await readyEngineDouble();
  Object.assign(process.env, { PULUMI_BACKEND_URL: "file:///state" });
});

afterAll(() => double.close());

const createAll: Provider = ({ name, inputs }) => ({
  id: `id-of-${name}`,
  state: { name, imageId: name, mountpoint: `/volumes/${name}`, exitCode: 0, token: "glrt-1", ...inputs },
});

const ARGS = {
  runners: [{ name: "docker", tags: ["docker"] }],
  scope: "instance",
  gitlabUrl: "https://gitlab.test",
} as const;

test("a provider for another engine makes a runner there, named after the component", async () => {
  const { host, requests } = double;
  const { resources } = await record(() => {
    const provider = new docker.Provider("elsewhere", { host });
    new GitLabRunner("ci", ARGS, { provider });
  }, createAll);
  const ofDocker = resources.filter(({ type }) => type.startsWith("docker:index/"));
  expect(ofDocker.map(({ name }) => name).sort()).toEqual([
    "ci",
    "ci-config",
    "ci-config-writer",
    "ci-image",
    "ci-network",
  ]);
  for (const { provider } of ofDocker) expect(provider).toMatch(/::elsewhere::/);
  for (const { inputs } of ofDocker.filter(({ name }) => name !== "ci-image")) {
    expect(inputs.labels).toContainEqual({ label: LABEL.component, value: "ci" });
  }
  expect(requests).toEqual(expect.arrayContaining(["/info", "/networks"]));
  expect(requests).toContainEqual(expect.stringMatching(/^\/containers\/id-of-ci-config-writer\//));
});
