import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  installNestbox,
  type PulumiProject,
  type PulumiRun,
  pulumiProject,
  pulumiYaml,
} from "../pulumi-project.ts";
import { type GitLabDouble, gitlabDouble, TOKENS } from "./gitlab-double.ts";

const repository = join(__dirname, "../../..");
const BASE = { runnerType: "project_type", projectId: 7, tagLists: ["docker"], untagged: false } as const;

let gitlab: GitLabDouble;
let project: PulumiProject;
/** What the last `bringUp` left. */
let last: string | undefined;

beforeAll(async () => {
  gitlab = await gitlabDouble();
  process.env.PATH = [join(repository, "airgap/gitlab-provider/bin"), process.env.PATH].join(delimiter);
  process.env.GITLAB_BASE_URL = gitlab.baseUrl;
  process.env.GITLAB_TOKEN = TOKENS.whole;
  project = await pulumiProject({
    "Pulumi.yaml": pulumiYaml(),
    "index.ts": readFileSync(join(__dirname, "program/index.ts"), "utf8"),
  });
  installNestbox(project.folder);
});

afterAll(async () => {
  await project?.remove();
  await gitlab.close();
});

/** Creates or changes the runner. Runs no command if it is as the last call left it. */
async function bringUp(runner: object): Promise<void> {
  const now = () => JSON.stringify([runner, project.stateText(), [...gitlab.runners.values()]]);
  if (last !== undefined && last === now()) return;
  succeeded(await up(runner));
  last = now();
}

/** Removes the runner. */
async function tearDown(): Promise<void> {
  if (gitlab.runners.size === 0 && last === undefined) return;
  succeeded(await project.pulumi("destroy", "--yes", "--skip-preview"));
  last = undefined;
}

async function up(runner: object, provider?: object): Promise<PulumiRun> {
  project.write("inputs.json", JSON.stringify({ runner, provider }));
  return project.pulumi("up", "--yes", "--skip-preview");
}

function succeeded(run: PulumiRun): string {
  if (run.code !== 0) throw new Error(run.output);
  return run.output;
}

const ids = () => [...gitlab.runners.keys()];

test("a preview sends no request to GitLab", async () => {
  await tearDown();
  const before = gitlab.asked.length;
  project.write("inputs.json", JSON.stringify({ runner: BASE }));
  succeeded(await project.pulumi("preview"));
  expect(gitlab.asked.slice(before)).toEqual([]);
});

test("up creates the runner; its token is secret and encrypted in the state", async () => {
  await tearDown();
  const output = succeeded(await up(BASE));
  const [runner] = gitlab.runners.values();
  expect(runner).toMatchObject({ runner_type: "project_type", project_id: 7, tag_list: ["docker"] });
  const token = runner?.token ?? "";
  expect(output).not.toContain(token);
  expect(project.stateText()).toMatch(/"projectId": ?7/);
  expect(project.stateText()).not.toContain(token);
  const shown = await project.pulumi("stack", "output", "--json", "--show-secrets");
  expect(JSON.parse(shown.output)).toEqual({ id: String(runner?.id), token });
});

test("an unchanged up changes nothing", async () => {
  await bringUp(BASE);
  const before = gitlab.asked.length;
  expect(succeeded(await up(BASE))).toMatch(/2 unchanged/);
  expect(gitlab.asked.length).toBe(before);
});

test("tags change in place, and removed settings get their defaults", async () => {
  await bringUp(BASE);
  const before = ids();
  project.write("inputs.json", JSON.stringify({ runner: { ...BASE, tagLists: ["docker", "big"] } }));
  const asked = gitlab.asked.length;
  succeeded(await project.pulumi("preview"));
  expect(gitlab.asked.length).toBe(asked);
  succeeded(await up({ ...BASE, tagLists: ["docker", "big"], maximumTimeout: 3600 }));
  expect(ids()).toEqual(before);
  expect([...gitlab.runners.values()]).toMatchObject([
    { tag_list: ["docker", "big"], maximum_timeout: 3600 },
  ]);
  succeeded(await up(BASE));
  expect([...gitlab.runners.values()]).toMatchObject([{ tag_list: ["docker"], maximum_timeout: null }]);
  const { output } = await project.pulumi("stack", "output", "token", "--show-secrets");
  expect(output.trim()).toBe([...gitlab.runners.values()][0]?.token);
});

test("a change in GitLab is detected and reverted", async () => {
  await bringUp(BASE);
  const [id = 0] = ids();
  const runner = gitlab.runners.get(id);
  if (runner) gitlab.runners.set(id, { ...runner, tag_list: ["somebody-elses"] });
  succeeded(await project.pulumi("refresh", "--yes", "--skip-preview"));
  succeeded(await up(BASE));
  expect(gitlab.runners.get(id)).toMatchObject({ tag_list: ["docker"] });
});

test("changing the type replaces the runner", async () => {
  await bringUp(BASE);
  const before = ids();
  succeeded(await up({ runnerType: "group_type", groupId: 3, tagLists: ["docker"], untagged: false }));
  expect(ids()).toHaveLength(1);
  expect(ids()).not.toEqual(before);
});

test("a runner that was deleted in GitLab is recreated", async () => {
  await bringUp(BASE);
  gitlab.runners.clear();
  succeeded(await project.pulumi("refresh", "--yes", "--skip-preview"));
  succeeded(await up(BASE));
  expect(ids()).toHaveLength(1);
});

test("invalid inputs are refused without a request to GitLab", async () => {
  await bringUp(BASE);
  const before = gitlab.asked.length;
  const { code, output } = await up({ ...BASE, tagLists: ["a,b"], maximumTimeout: 60 });
  expect(code).not.toBe(0);
  expect(output).toContain('"a,b" is not a legal tag');
  expect(output).toContain("must be 600 seconds or more");
  expect(gitlab.asked.length).toBe(before);
});

test("destroy leaves nothing in GitLab", async () => {
  await bringUp(BASE);
  succeeded(await project.pulumi("destroy", "--yes", "--skip-preview"));
  expect(ids()).toEqual([]);
});

test("an explicit provider sets address and token; its token is secret too", async () => {
  await tearDown();
  const { code, output } = await up(BASE, { token: TOKENS.createOnly, baseUrl: gitlab.baseUrl });
  expect(code).not.toBe(0);
  expect(output).toContain("the token lacks scopes");
  expect(ids()).toEqual([]);
  succeeded(await up(BASE, { token: TOKENS.api, baseUrl: gitlab.baseUrl }));
  expect(ids()).toHaveLength(1);
  expect(project.stateText()).not.toContain(TOKENS.api);
  succeeded(await project.pulumi("destroy", "--yes", "--skip-preview"));
  expect(ids()).toEqual([]);
});
