import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, unlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { pack } from "tar-stream";
import { connect } from "../../../engine/client.ts";
import { configFile } from "../../../infra/runner/config-file.ts";
import type { GitLabRunnerArgs } from "../../../infra/runner/gitlab-runner.ts";
import { type GitLabDouble, gitlabDouble, TOKENS } from "../../airgap/gitlab-provider/gitlab-double.ts";
import {
  type PulumiProject,
  type PulumiRun,
  pulumiProject,
  pulumiYaml,
} from "../../airgap/pulumi-project.ts";

const repository = join(__dirname, "../../..");
/** A double of gitlab-runner, which cannot be had everywhere: no runner, but it stays, and ends its one job when it is told to drain. */
const image = `nestbox-test/gitlab-runner-double:${randomBytes(4).toString("hex")}`;
const DOUBLE = `FROM alpine:3.19
ENTRYPOINT ["/bin/sh", "-c", "trap 'echo the job has ended; exit 0' QUIT; trap 'echo the job was aborted; exit 1' TERM; while :; do sleep 0.1; done"]
`;

let gitlab: GitLabDouble;
let project: PulumiProject;

beforeAll(async () => {
  gitlab = await gitlabDouble();
  process.env.PATH = [join(repository, "airgap/gitlab-provider/bin"), process.env.PATH].join(delimiter);
  process.env.GITLAB_TOKEN = TOKENS.whole;
  await buildDouble();
  project = await pulumiProject({
    "Pulumi.yaml": pulumiYaml(),
    "index.ts": readFileSync(join(__dirname, "program/index.ts"), "utf8"),
  });
  installNestbox(project.folder);
});

afterAll(async () => {
  await project?.pulumi("destroy", "--yes", "--skip-preview");
  project?.remove();
  await gitlab.close();
  const docker = await connect();
  await docker.getImage(image).remove({ force: true });
});

const ARGS: Omit<GitLabRunnerArgs, "gitlabUrl"> = {
  image,
  scope: { project: 7 },
  drain: "30s",
  runners: [
    { name: "plain", tags: ["docker"] },
    { name: "dind", tags: ["dind"], privilegedServices: ["docker:*-dind"], sharedFolders: ["/certs/client"] },
  ],
};

async function buildDouble(): Promise<void> {
  const docker = await connect();
  const context = pack();
  context.entry({ name: "Dockerfile" }, DOUBLE);
  context.finalize();
  const output = await docker.buildImage(Readable.from(context), { t: image });
  const log = await textOf(output);
  if (log.includes('"error"')) throw new Error(log);
}

function installNestbox(folder: string): void {
  const modules = join(folder, "node_modules");
  unlinkSync(modules);
  mkdirSync(modules);
  const packages = join(repository, "node_modules");
  for (const name of readdirSync(packages)) symlinkSync(join(packages, name), join(modules, name));
  symlinkSync(repository, join(modules, "nestbox"));
}

async function up(change: Partial<GitLabRunnerArgs> = {}): Promise<PulumiRun> {
  const gitlabUrl = gitlab.baseUrl.replace("/api/v4/", "");
  project.write("said.json", JSON.stringify({ runner: { ...ARGS, gitlabUrl, ...change } }));
  return project.pulumi("up", "--yes", "--skip-preview");
}

function succeeded(run: PulumiRun): string {
  if (run.code !== 0) throw new Error(run.output);
  return run.output;
}

async function outputs(): Promise<{ ids: Record<string, string>; container: string }> {
  return JSON.parse((await project.pulumi("stack", "output", "--json")).output);
}

async function inContainer(container: string, ...command: readonly string[]): Promise<string> {
  const docker = await connect();
  const exec = await docker
    .getContainer(container)
    .exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, Tty: true });
  const output = await textOf(await exec.start({ Tty: true }));
  return output.replaceAll("\r\n", "\n");
}

const CONFIG = "/etc/gitlab-runner/config.toml";
const IDENTITY = "/etc/gitlab-runner/.runner_system_id";

test("up registers each runner and starts a container with exactly the rendered config", async () => {
  succeeded(await up({ metricsPort: 19252 }));
  const { ids, container } = await outputs();
  expect([...gitlab.runners.values()]).toHaveLength(2);
  expect(gitlab.runners.get(Number(ids.dind))).toMatchObject({
    runner_type: "project_type",
    project_id: 7,
    description: "dind",
    tag_list: ["dind"],
    run_untagged: false,
    access_level: "not_protected",
  });
  expect(await inContainer(container, "cat", CONFIG)).toBe(
    configFile(ARGS.runners, { metricsAddress: ":9252" }),
  );

  const docker = await connect();
  const { Config, HostConfig, NetworkSettings } = await docker.getContainer(container).inspect();
  const token = gitlab.runners.get(Number(ids.dind))?.token ?? "";
  expect(Config.Env).toContain(`NESTBOX_RUNNER_TOKEN_DIND=${token}`);
  expect((Config as { StopSignal?: string }).StopSignal).toBe("SIGQUIT");
  expect(HostConfig.Privileged).toBe(false);
  expect(HostConfig.PortBindings).toEqual({ "9252/tcp": [{ HostIp: "127.0.0.1", HostPort: "19252" }] });
  expect(Object.keys(NetworkSettings.Networks)).not.toContain("bridge");
  expect(project.stateText()).not.toContain(token);
  expect(project.stateText()).not.toContain(TOKENS.whole);
});

test("an unchanged up changes nothing", async () => {
  const { container } = await outputs();
  expect(succeeded(await up({ metricsPort: 19252 }))).toMatch(/unchanged/);
  expect((await outputs()).container).toBe(container);
});

test("a changed config reaches the running container as a whole new file, which gitlab-runner sees by its time", async () => {
  const { container } = await outputs();
  const docker = await connect();
  const { Id } = await docker.getContainer(container).inspect();
  const before = Number(await inContainer(container, "stat", "-c", "%Y", CONFIG));
  const runners = ARGS.runners.map((runner) => ({ ...runner, limit: 2 }));
  succeeded(await up({ runners, metricsPort: 19252 }));
  expect((await outputs()).container).toBe(container);
  expect((await docker.getContainer(container).inspect()).Id).toBe(Id);
  expect(await inContainer(container, "cat", CONFIG)).toBe(configFile(runners, { metricsAddress: ":9252" }));
  expect(Number(await inContainer(container, "stat", "-c", "%Y", CONFIG))).toBeGreaterThan(before);
  expect(await inContainer(container, "ls", "-A", "/etc/gitlab-runner")).toBe("config.toml\n");
});

test("what makes another container drains the one before, and keeps runners, tokens and identity", async () => {
  const before = await outputs();
  const docker = await connect();
  await inContainer(before.container, "sh", "-c", `echo r_kept > ${IDENTITY}`);
  const tokens = [...gitlab.runners.values()].map(({ token }) => token);
  const filters = { container: [before.container], event: ["kill", "die"] };
  const since = Math.floor(Date.now() / 1000);
  succeeded(await up());
  const events = await docker.getEvents({ since, until: Math.ceil(Date.now() / 1000), filters });
  const seen = (await textOf(events as NodeJS.ReadableStream & AsyncIterable<Buffer>))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { Action: string; Actor: { Attributes: Record<string, string> } });
  expect(
    seen.map(({ Action, Actor }) => [Action, Actor.Attributes.signal ?? Actor.Attributes.exitCode]),
  ).toEqual([
    ["kill", "3"],
    ["die", "0"],
  ]);
  const after = await outputs();
  expect(after.container).not.toBe(before.container);
  expect(after.ids).toEqual(before.ids);
  expect([...gitlab.runners.values()].map(({ token }) => token)).toEqual(tokens);
  expect(await inContainer(after.container, "cat", IDENTITY)).toBe("r_kept\n");
});

test("an image that cannot be had leaves no runner in GitLab that nobody serves", async () => {
  succeeded(await project.pulumi("destroy", "--yes", "--skip-preview"));
  const { code } = await up({ image: "nestbox-test/not-there:1" });
  expect(code).not.toBe(0);
  expect(gitlab.runners.size).toBe(0);
  succeeded(await up());
  expect(gitlab.runners.size).toBe(2);
});

test("runners that GitLab would not take are refused before anything is made", async () => {
  const before = gitlab.asked.length;
  const { code, output } = await up({ runners: [{ name: "plain", tags: ["a,b"] }] });
  expect(code).not.toBe(0);
  expect(output).toContain('plain.tags: "a,b" is not a legal tag');
  expect(gitlab.asked.length).toBe(before);
});

test("destroy leaves nothing, here or in GitLab", async () => {
  const { container } = await outputs();
  succeeded(await project.pulumi("destroy", "--yes", "--skip-preview"));
  const docker = await connect();
  await expect(docker.getContainer(container).inspect()).rejects.toThrow("no such container");
  expect(gitlab.runners.size).toBe(0);
});
