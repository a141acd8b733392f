import { expect, test } from "@jest/globals";
import { GitLabProvider } from "../../../src/pulumi/gitlab/provider.ts";
import { UserRunner, type UserRunnerArgs } from "../../../src/pulumi/gitlab/user-runner.ts";
import { type RegisteredResource, record, secretProperty } from "../docker/recording-monitor.ts";

/** The names in the schema of Pulumi's GitLab provider 10.1.1. Its SDK is not on npm. */
const SCHEMA = {
  provider: ["token", "baseUrl", "earlyAuthCheck"],
  userRunner: [
    ...["runnerType", "groupId", "projectId", "description", "tagLists", "untagged", "locked", "paused"],
    ...["accessLevel", "maximumTimeout", "maintenanceNote"],
  ],
};

async function registered(program: () => unknown): Promise<readonly RegisteredResource[]> {
  const { resources } = await record(program, ({ inputs }) => ({ id: "1", state: inputs }));
  return resources;
}

test("a provider has address and token, and no authentication check at its start", async () => {
  const [provider] = await registered(
    () => new GitLabProvider("gitlab", { token: "glpat-1", baseUrl: "https://gitlab.example.com/api/v4/" }),
  );
  expect(provider).toMatchObject({ type: "pulumi:providers:gitlab", name: "gitlab", version: "10.1.1" });
  expect(provider?.inputs).toEqual({
    token: secretProperty("glpat-1"),
    baseUrl: "https://gitlab.example.com/api/v4/",
    // In the provider's wire form, values other than strings are JSON.
    earlyAuthCheck: "false",
  });
  expect(SCHEMA.provider).toEqual(expect.arrayContaining(Object.keys(provider?.inputs ?? {})));
});

test("a provider without arguments uses the environment", async () => {
  const [provider] = await registered(() => new GitLabProvider("gitlab"));
  expect(provider?.inputs).toEqual({ earlyAuthCheck: "false" });
});

test("a runner has the type, properties and version of Pulumi's provider, and a secret token", async () => {
  const args: UserRunnerArgs = {
    runnerType: "project_type",
    projectId: 7,
    description: "dind",
    tagLists: ["dind"],
    untagged: false,
    locked: true,
    paused: false,
    accessLevel: "ref_protected",
    maximumTimeout: 3600,
    maintenanceNote: "kept by nestbox",
  };
  const [provider, runner] = await registered(
    () => new UserRunner("dind", args, { provider: new GitLabProvider("gitlab") }),
  );
  expect(runner).toMatchObject({
    type: "gitlab:index/userRunner:UserRunner",
    name: "dind",
    version: "10.1.1",
    additionalSecretOutputs: ["token"],
    inputs: args,
  });
  expect(runner?.provider).toContain(`${provider?.type}::${provider?.name}::`);
  expect(SCHEMA.userRunner).toEqual(expect.arrayContaining(Object.keys(runner?.inputs ?? {})));
});
