import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../../bench/connect.ts";
import { GitLabRunner } from "../../../src/pulumi/runner/gitlab-runner.ts";
import { type RegisteredResource, record } from "../docker/recording-monitor.ts";

const ARGS = {
  runners: [{ name: "plain", tags: ["docker"] }],
  scope: { project: 7 },
  gitlabUrl: "https://gitlab.example.com/",
} as const;

let resources: readonly RegisteredResource[];

/** A container that has succeeded, as the config writer does. */
let container: Docker.Container;

beforeAll(async () => {
  container = await (await connect()).createContainer({ Image: "alpine:3.19", Cmd: ["true"] });
  await container.start();
  const recording = await record(
    async () => {
      const { container, ids } = new GitLabRunner("ci", ARGS);
      await Promise.all([known(container), known(ids)]);
    },
    ({ inputs, name }) => ({
      id: container.id,
      state: { ...inputs, name, imageId: "sha256:1" },
    }),
  );
  resources = recording.resources;
});

afterAll(() => container.remove({ force: true }));

function known<Value>(output: { apply(then: (value: Value) => void): unknown }): Promise<Value> {
  return new Promise((resolve) => output.apply(resolve));
}

function resource(type: string, name: string): RegisteredResource {
  const found = resources.find((one) => one.type === type && one.name === name);
  if (found === undefined) throw new Error(`no ${type} ${name} was registered`);
  return found;
}

test.each(["ci", "ci-config-writer"])("%s is replaced after a failed start", (name) => {
  expect(resource("docker:index/container:Container", name).replaceOnChanges).toContain("#initerror");
});

test("a runner is registered after its configuration is written and its network is created", () => {
  const runner = resource("gitlab:index/userRunner:UserRunner", "ci-plain");
  expect(runner.dependencies.map((urn) => urn.split("::").at(-1))).toEqual(
    expect.arrayContaining(["ci-config-writer", "ci-network"]),
  );
  expect(runner.provider).toContain("::ci-gitlab.example.com::");
  expect(resource("pulumi:providers:gitlab", "ci-gitlab.example.com").inputs).toMatchObject({
    baseUrl: "https://gitlab.example.com/api/v4/",
  });
});
