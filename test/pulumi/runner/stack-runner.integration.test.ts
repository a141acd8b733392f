import { delimiter, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type GitLabDouble, gitlabDouble, TOKENS } from "../../airgap/gitlab-provider/gitlab-double.ts";
import { type PulumiProject, pulumiProject, pulumiYaml } from "../../airgap/pulumi-project.ts";
import { freePort } from "../../free-port.ts";

const repository = join(__dirname, "../../..");
const PROGRAM = `export { default } from ${JSON.stringify(join(repository, "infra/index.ts"))};`;

const MIRROR_PASSWORD = "of-the-upstream-9f3a";

let gitlab: GitLabDouble;
let project: PulumiProject;

beforeAll(async () => {
  gitlab = await gitlabDouble();
  process.env.PATH = [join(repository, "airgap/gitlab-provider/bin"), process.env.PATH].join(delimiter);
});

beforeEach(async () => {
  project = await pulumiProject({ "Pulumi.yaml": pulumiYaml(), "index.ts": PROGRAM });
});

afterEach(async () => {
  await project.pulumi("destroy", "--yes", "--skip-preview");
  await project.remove();
});

afterAll(() => gitlab.close());

async function set(path: string, value: string, ...options: readonly string[]): Promise<void> {
  const { code, output } = await project.pulumi("config", "set", "--path", path, value, ...options);
  if (code !== 0) throw new Error(output);
}

test.each(["missing", "empty, the default in Pulumi.yaml"])(
  "with the setting %s there are no runners",
  async (how) => {
    const before = gitlab.asked.length;
    const schema = how === "missing" ? "" : 'config: { "nestbox:runner": { value: {} } }\n';
    project.write("Pulumi.yaml", `${pulumiYaml()}${schema}`);
    const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
    expect({ code, output }).toMatchObject({ code: 0, output: expect.not.stringContaining("UserRunner") });
    expect(gitlab.asked.slice(before)).toEqual([]);
  },
);

test("with the setting the declared runners are created; the token is only in the state", async () => {
  await set("nestbox:runner.gitlabUrl", gitlab.baseUrl.replace("/api/v4/", ""));
  await set("nestbox:runner.project", "7");
  await set("nestbox:runner.image", "alpine:3.19");
  await set("nestbox:runner.token", TOKENS.whole, "--secret");
  // An account of the upstream. Without a login there, a mirror still serves public images.
  await set("nestbox:runner.mirror.username", "somebody");
  await set("nestbox:runner.mirror.password", MIRROR_PASSWORD, "--secret");
  await set("nestbox:runner.mirror.port", String(await freePort()));
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  if (code !== 0) throw new Error(output);
  expect(output).not.toContain(TOKENS.whole);
  expect(output).not.toContain(MIRROR_PASSWORD);
  expect(project.stateText()).not.toContain(MIRROR_PASSWORD);
  expect(output).toMatch(/registryMirror *: "http:/);
  expect(output).toMatch(/runners: up to 12 concurrent jobs/);
  expect([...gitlab.runners.values()].map(({ description }) => description).sort()).toEqual([
    "containers",
    "docker-in-docker",
    "image-builds",
  ]);
  expect(project.stateText()).not.toContain(TOKENS.whole);
  for (const { token } of gitlab.runners.values()) expect(project.stateText()).not.toContain(token);
});

test("an invalid setting is an error of one line", async () => {
  await set("nestbox:runner.gitlabUrl", gitlab.baseUrl.replace("/api/v4/", ""));
  await set("nestbox:runner.project", "7");
  await set("nestbox:runner.metricsPort", "70000");
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toContain(
    "Pulumi.test.yaml: nestbox:runner.metricsPort: is 70000; set a port from 1 to 65535",
  );
});
