import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { connect } from "../../../bench/connect.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { configFile, type RunnerProcess } from "../../../src/gitlab/runner/config-file.ts";
import { withMeasuredMtu } from "../../../src/gitlab/runner/host-limits.ts";
import { inspectRunnerHost } from "../../../src/gitlab/runner/runner-host.ts";
import type { DockerRunner } from "../../../src/model/runner/runner.ts";
import { drainSeconds } from "../../../src/operations/pulumi/drain.ts";
import { eventReader } from "../../../src/operations/pulumi/events.ts";
import type { GitLabRunnerArgs } from "../../../src/pulumi/runner/gitlab-runner-args.ts";
import { gitlabDouble, TOKENS } from "../../airgap/gitlab-provider/gitlab-double.ts";
import { freePort } from "../../free-port.ts";
import { buildImage, inContainer, type RunnerProject, runnerProject, succeeded } from "./runner-project.ts";

let project: RunnerProject;
let metricsPort: number;

beforeAll(async () => {
  metricsPort = await freePort();
  project = await runnerProject();
});

afterAll(() => project?.remove());

const RUNNERS: readonly DockerRunner[] = [
  { name: "plain", tags: ["docker"] },
  { name: "dind", tags: ["dind"], privilegedServices: ["docker:*-dind"], sharedFolders: ["/certs/client"] },
];

const args = (change: Partial<GitLabRunnerArgs>) => ({
  image: project.image,
  scope: { project: 7 },
  drain: "30s" as const,
  mirror: false as const,
  runners: RUNNERS,
  ...change,
});
const up = (change: Partial<GitLabRunnerArgs> = {}) => project.up(args(change));
const bringUp = (change: Partial<GitLabRunnerArgs> = {}) => project.bringUp(args(change));

const CONFIG = "/etc/gitlab-runner/config.toml";
const IDENTITY = "/etc/gitlab-runner/.runner_system_id";

/** The expected file on this machine. */
async function rendered(runners: readonly DockerRunner[], runner: RunnerProcess): Promise<string> {
  return configFile(withMeasuredMtu(runners, await inspectRunnerHost(engineHost(process.env))), runner);
}

test("up registers each runner and starts a container with exactly the rendered config", async () => {
  await bringUp({ metricsPort });
  const { ids, container } = project.outputs();
  expect([...project.gitlab.runners.values()]).toHaveLength(2);
  expect(project.gitlab.runners.get(Number(ids.dind))).toMatchObject({
    runner_type: "project_type",
    project_id: 7,
    description: "dind",
    tag_list: ["dind"],
    run_untagged: false,
    access_level: "not_protected",
  });
  expect(await inContainer(container, "cat", CONFIG)).toBe(
    await rendered(RUNNERS, { metricsAddress: ":9252" }),
  );

  const docker = await connect();
  const { Config, HostConfig, NetworkSettings } = await docker.getContainer(container).inspect();
  const token = project.gitlab.runners.get(Number(ids.dind))?.token ?? "";
  expect(Config.Env).toContain(`NESTBOX_RUNNER_TOKEN_DIND=${token}`);
  expect((Config as { StopSignal?: string }).StopSignal).toBe("SIGQUIT");
  expect(HostConfig.Privileged).toBe(false);
  expect(HostConfig.PortBindings).toEqual({
    "9252/tcp": [{ HostIp: "127.0.0.1", HostPort: String(metricsPort) }],
  });
  expect(Object.keys(NetworkSettings.Networks)).not.toContain("bridge");
  expect(project.pulumi.stateText()).not.toContain(token);
  expect(project.pulumi.stateText()).not.toContain(TOKENS.whole);
});

test("an unchanged up changes nothing", async () => {
  await bringUp({ metricsPort });
  const { container } = project.outputs();
  expect(succeeded(await up({ metricsPort }))).toMatch(/unchanged/);
  expect(project.outputs().container).toBe(container);
});

test("a transform changes a property of the children, and they stay unchanged after it", async () => {
  await bringUp({ metricsPort });
  const { container } = await project.outputs();
  const { HostConfig } = await (await connect()).getContainer(container).inspect();
  expect(HostConfig.CpuShares).toBe(512);
  const { code, output } = await project.pulumi.pulumi("preview", "--expect-no-changes");
  expect(code === 0 ? "" : output).toBe("");
});

test("a changed config reaches the running container as a new file with a new time", async () => {
  await bringUp({ metricsPort });
  const { container } = project.outputs();
  const docker = await connect();
  const { Id } = await docker.getContainer(container).inspect();
  const before = Number(await inContainer(container, "stat", "-c", "%Y", CONFIG));
  const runners = RUNNERS.map((runner) => ({ ...runner, limit: 2 }));
  succeeded(await up({ runners, metricsPort }));
  expect(project.outputs().container).toBe(container);
  expect((await docker.getContainer(container).inspect()).Id).toBe(Id);
  expect(await inContainer(container, "cat", CONFIG)).toBe(
    await rendered(runners, { metricsAddress: ":9252" }),
  );
  expect(Number(await inContainer(container, "stat", "-c", "%Y", CONFIG))).toBeGreaterThan(before);
  expect(await inContainer(container, "ls", "-A", "/etc/gitlab-runner")).toBe("config.toml\n");
});

test("a config changed by hand is written again, and the next up changes nothing", async () => {
  const runners = RUNNERS.map((runner) => ({ ...runner, limit: 2 }));
  await bringUp({ runners, metricsPort });
  const { container } = project.outputs();
  await inContainer(container, "sh", "-c", `echo 'concurrent = 99' > ${CONFIG}`);
  succeeded(await up({ runners, metricsPort }));
  expect(await inContainer(container, "cat", CONFIG)).toBe(
    await rendered(runners, { metricsAddress: ":9252" }),
  );
  await inContainer(container, "rm", CONFIG);
  succeeded(await up({ runners, metricsPort }));
  expect(await inContainer(container, "cat", CONFIG)).toContain("concurrent = 4");
  expect(succeeded(await up({ runners, metricsPort }))).not.toMatch(/\d (replaced|created|updated)/);
  expect(project.outputs().container).toBe(container);
});

test("CA certificates for GitLab reach the running container, and its config names them", async () => {
  await bringUp({ metricsPort });
  const { container } = project.outputs();
  const content = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  project.pulumi.write("ca.pem", content);
  succeeded(await up({ metricsPort, certificates: "ca.pem" }));
  expect(project.outputs().container).toBe(container);
  const gitlabCaFile = "/etc/gitlab-runner/gitlab-authorities.pem";
  expect(await inContainer(container, "cat", gitlabCaFile)).toBe(content);
  expect(await inContainer(container, "cat", CONFIG)).toBe(
    await rendered(RUNNERS, { metricsAddress: ":9252", gitlabCaFile }),
  );
});

test("a replaced container drains, and keeps runners, tokens and system ID", async () => {
  await bringUp({ metricsPort });
  const before = project.outputs();
  const docker = await connect();
  await inContainer(before.container, "sh", "-c", `echo r_kept > ${IDENTITY}`);
  const tokens = [...project.gitlab.runners.values()].map(({ token }) => token);
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
  const after = project.outputs();
  expect(after.container).not.toBe(before.container);
  expect(after.ids).toEqual(before.ids);
  expect([...project.gitlab.runners.values()].map(({ token }) => token)).toEqual(tokens);
  expect(await inContainer(after.container, "cat", IDENTITY)).toBe("r_kept\n");
});

test("an image that cannot be pulled leaves no runner in GitLab", async () => {
  succeeded(await project.pulumi.pulumi("destroy", "--yes", "--skip-preview"));
  const { code } = await up({ image: "nestbox-test/not-there:1" });
  expect(code).not.toBe(0);
  expect(project.gitlab.runners.size).toBe(0);
  succeeded(await up());
  expect(project.gitlab.runners.size).toBe(2);
});

test("a config that cannot be written leaves no runner in GitLab, and the next up writes it", async () => {
  succeeded(await project.pulumi.pulumi("destroy", "--yes", "--skip-preview"));
  const image = `${project.image}-without-room`;
  const shell = "#!/bin/busybox ash\\necho no room on the volume; exit 7\\n";
  await buildImage(
    image,
    `FROM ${project.image}\nRUN printf '${shell}' > /new && chmod +x /new && mv /new /bin/sh\n`,
  );
  const { code, output } = await up({ image });
  expect(code).not.toBe(0);
  expect(output).toMatch(
    /could not be written: ended with exit code 7\n\s+its last output:\n\s+no room on the volume/,
  );
  expect(project.gitlab.runners.size).toBe(0);
  succeeded(await up());
  expect(project.gitlab.runners.size).toBe(2);
  await (await connect()).getImage(image).remove({ force: true });
});

test("another GitLab gets new runners, and those in the old one are deleted", async () => {
  await bringUp();
  const before = project.outputs();
  const other = await gitlabDouble();
  // The new GitLab has runners of other owners with the same IDs.
  for (const id of Object.values(before.ids)) {
    other.runners.set(Number(id), { id: Number(id), token: "glrt-of-another-owner" });
  }
  try {
    succeeded(await up({ gitlabUrl: other.baseUrl.replace("/api/v4/", "") }));
    const after = project.outputs();
    expect(project.gitlab.runners.size).toBe(0);
    const foreignIds = Object.values(before.ids).map(Number);
    expect(
      [...other.runners.keys()]
        .filter((id) => !foreignIds.includes(id))
        .map(String)
        .sort(),
    ).toEqual(Object.values(after.ids).sort());
    expect([...other.runners.keys()]).toEqual(expect.arrayContaining(foreignIds));
    const token = other.runners.get(Number(after.ids.dind))?.token;
    const { Config } = await (await connect()).getContainer(after.container).inspect();
    expect(Config.Env).toContain(`NESTBOX_RUNNER_TOKEN_DIND=${token}`);
    succeeded(await up());
    expect([...other.runners.keys()]).toEqual(foreignIds);
    expect(project.gitlab.runners.size).toBe(2);
  } finally {
    await other.close();
  }
});

test("after a container that cannot start, the next up keeps its runners", async () => {
  await bringUp();
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const { ids } = project.outputs();
  const { code, output } = await up({ metricsPort: port });
  expect(code).not.toBe(0);
  expect(output).toMatch(/address already in use|port is already allocated/);
  other.close();
  succeeded(await up({ metricsPort: port }));
  expect(project.outputs().ids).toEqual(ids);
  expect(project.gitlab.runners.size).toBe(2);
});

test("a new term of the tokens creates new runners, drains, and then deletes the old ones", async () => {
  const HOUR = 60 * 60 * 1000;
  await bringUp();
  project.gitlab.tokenLifetime = HOUR;
  const before = project.outputs();
  expect(before.tokensEnd).toEqual({});
  const docker = await connect();
  const since = Math.floor(Date.now() / 1000);
  const asked = project.gitlab.asked.length;
  const output = succeeded(await up({ tokenLifetime: "2000d" }));
  expect(output).toMatch(/runner dind: the token expires at .*; set tokenLifetime to GitLab's lifetime/s);

  const after = project.outputs();
  expect(Object.keys(after.tokensEnd).sort()).toEqual(["dind", "plain"]);
  expect(Date.parse(after.tokensReplacedAfter ?? "")).toBeGreaterThan(Date.now());
  expect(project.gitlab.asked.slice(asked).filter((line) => /^(POST \/user|DELETE)/.test(line))).toEqual([
    ...["POST /user/runners → 201", "POST /user/runners → 201"],
    ...[expect.stringMatching(/^DELETE .* → 204$/), expect.stringMatching(/^DELETE .* → 204$/)],
  ]);
  expect([...project.gitlab.runners.keys()].map(String).sort()).toEqual(Object.values(after.ids).sort());
  expect(Object.values(after.ids)).not.toContain(before.ids.dind);
  const { Config } = await docker.getContainer(after.container).inspect();
  const token = project.gitlab.runners.get(Number(after.ids.dind))?.token;
  expect(Config.Env).toContain(`NESTBOX_RUNNER_TOKEN_DIND=${token}`);
  const events = await docker.getEvents({
    since,
    until: Math.ceil(Date.now() / 1000),
    filters: { container: [before.container], event: ["kill"] },
  });
  expect(await textOf(events as NodeJS.ReadableStream & AsyncIterable<Buffer>)).toContain('"signal":"3"');
  const unchanged = succeeded(await up({ tokenLifetime: "2000d" }));
  expect(unchanged).not.toMatch(/\d (replaced|created)/);
  expect(project.outputs().ids).toEqual(after.ids);
  delete project.gitlab.tokenLifetime;
});

test("invalid runners are refused before any resource is created", async () => {
  await bringUp();
  const before = project.gitlab.asked.length;
  const { code, output } = await up({ runners: [{ name: "plain", tags: ["a,b"] }] });
  expect(code).not.toBe(0);
  expect(output).toContain('plain.tags: "a,b" is not a legal tag');
  // A concurrent `nestbox doctor` may read GitLab's version and verify the tokens of this machine's runners.
  const changes = project.gitlab.asked
    .slice(before)
    .filter((line) => !/^(?:GET |POST \/runners\/verify)/.test(line));
  expect(changes).toEqual([]);
});

test("an engine of a provider that does not answer is named, without a stack trace", async () => {
  await bringUp();
  const runner = { ...args({}), gitlabUrl: project.gitlab.baseUrl.replace("/api/v4/", "") };
  project.pulumi.write("runner-args.json", JSON.stringify({ runner, host: "tcp://127.0.0.1:9" }));
  const { code, output } = await project.pulumi.pulumi("up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toContain("the Docker engine at tcp://127.0.0.1:9 no longer answers");
  expect(output).not.toMatch(/\n\s+at /);
});

test("destroy leaves nothing, here or in GitLab, and its events report the drain", async () => {
  await bringUp();
  const { container } = project.outputs();
  const events = succeeded(await project.pulumi.pulumi("destroy", "--yes", "--skip-preview", "--json"));
  const drains: number[] = [];
  const read = eventReader(({ resourcePreEvent }) =>
    drains.push(...(resourcePreEvent ? [drainSeconds(resourcePreEvent.metadata) ?? 0] : [])),
  );
  read(`${events}\n`);
  expect(drains.filter((seconds) => seconds > 0)).toEqual([30]);
  const docker = await connect();
  await expect(docker.getContainer(container).inspect()).rejects.toThrow("no such container");
  expect(project.gitlab.runners.size).toBe(0);
});
