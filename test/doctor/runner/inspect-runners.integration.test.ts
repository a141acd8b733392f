import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../../bench/connect.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import type { Check } from "../../../src/doctor/check.ts";
import { inspectRunners } from "../../../src/doctor/runner/inspect-runners.ts";
import { configFile } from "../../../src/gitlab/runner/config-file.ts";
import { LABEL } from "../../../src/model/labels.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";
import { eventually } from "../../eventually.ts";
import { type GitLabVerifyDouble, gitlabVerifyDouble } from "./gitlab-verify-double.ts";
import { type RunnerDouble, runnerDouble } from "./runner-double.ts";

// The engine and its containers are real, gitlab-runner in them and GitLab are doubles.

const project = `doctor-runners-${process.pid}`;
const RUNNERS: readonly Runner[] = [
  { name: "plain", tags: ["docker"] },
  { name: "big", tags: ["dind"], privilegedServices: ["docker:dind"], sharedFolders: ["/certs/client"] },
];
const CONFIG = configFile(RUNNERS);
const PLAIN = "glrt-plain-secret";
const BIG = "glrt-big-secret";

let docker: Docker;
let gitlab: GitLabVerifyDouble;
let containers: Docker.Container[] = [];

beforeAll(async () => {
  docker = await connect();
});
beforeEach(async () => {
  gitlab = await gitlabVerifyDouble();
});
afterEach(async () => {
  await gitlab.close();
  await Promise.all(containers.map((container) => container.remove({ force: true, v: true })));
  containers = [];
});
afterAll(async () => {
  const left = await docker.listContainers({ all: true, filters: { label: [`nestbox.test=${project}`] } });
  expect(left).toEqual([]);
});

async function runner(change: Partial<RunnerDouble> = {}): Promise<Docker.Container> {
  const container = await runnerDouble(docker, {
    project,
    config: CONFIG,
    systemId: "s_0123456789ab",
    env: [
      `NESTBOX_GITLAB_URL=${gitlab.url}/`,
      `NESTBOX_RUNNER_TOKEN_PLAIN=${PLAIN}`,
      `NESTBOX_RUNNER_TOKEN_BIG=${BIG}`,
    ],
    ...change,
  });
  containers.push(container);
  return container;
}

async function inspected({ declared = CONFIG, timeout = 60_000 } = {}): Promise<readonly Check[]> {
  const all = await inspectRunners(engineHost(process.env), {
    declaredConfig: async (of) =>
      of === project ? { config: declared } : { unknown: "it belongs to another test" },
    host: async () => ({ freeNetworks: 100 }),
    timeout,
  });
  const own = all.filter((each) => each.project === project);
  expect(own).toHaveLength(1);
  expect(JSON.stringify(own)).not.toMatch(new RegExp(`${PLAIN}|${BIG}`));
  return own[0]?.checks ?? [];
}

const inShort = (checks: readonly Check[]) => checks.map(({ id, state }) => `${id} ${state}`);
const finding = (checks: readonly Check[], wanted: string) =>
  checks.filter(({ id }) => id === wanted).map((check) => check.finding);

test("a working runner: all checks are good, and GitLab gets the runner's own system_id", async () => {
  gitlab.tokens.set(PLAIN, { expires: null }).set(BIG, { expires: "2099-01-01T00:00:00Z" });
  await (await runner()).start();
  const checks = await inspected();
  expect(inShort(checks)).toEqual([
    ...[
      "runner good",
      "runner-version good",
      "runner-config good",
      "runner-room good",
      "runner-metrics good",
    ],
    ...["gitlab good", "gitlab-from-runner good", "runner-token good", "runner-token good"],
  ]);
  expect(finding(checks, "runner")).toEqual([`${project}-runner is running, 0 jobs`]);
  expect(finding(checks, "runner-version")).toEqual(["gitlab-runner 19.3.0"]);
  expect(finding(checks, "gitlab")).toEqual([`${gitlab.url} is reachable from this machine`]);
  expect(gitlab.askedFor).toEqual(new Set(["s_0123456789ab"]));
});

test("a refused token, one that expires soon, and a changed config.toml", async () => {
  const soon = new Date(Date.now() + 2.5 * 24 * 3_600_000).toISOString();
  gitlab.tokens.set(PLAIN, { expires: soon });
  await (await runner({ verify: "echo 'ERROR: Verifying runner... is not valid'; exit 1" })).start();
  const checks = await inspected({ declared: configFile([...RUNNERS, { name: "third", tags: ["x"] }]) });
  expect(inShort(checks)).toEqual([
    ...[
      "runner good",
      "runner-version good",
      "runner-config warning",
      "runner-room good",
      "runner-metrics good",
    ],
    ...["gitlab good", "gitlab-from-runner good", "runner-token warning", "runner-token problem"],
  ]);
  expect(finding(checks, "runner-token")).toEqual([
    `plain: the token is valid until ${soon}, for 2 days`,
    "big: GitLab refuses the token (403): it was reset or expired, or the runner was deleted",
  ]);
});

test("without GitLab the other checks run: timeout, or refused connection of the runner", async () => {
  // The output and exit code of gitlab-runner 19.4.
  const refused =
    "echo 'ERROR: Verifying runner... failed   runner=abcdefghi status=execute JSON request: dial tcp " +
    "192.0.2.1:443: connect: connection refused'";
  await (await runner({ verify: refused })).start();
  gitlab.hang();
  const late = await inspected({ timeout: 4000 });
  expect(finding(late, "gitlab")).toEqual([
    `${gitlab.url} is unreachable from this machine: no answer within 4 s`,
  ]);
  expect(finding(late, "gitlab-from-runner")).toEqual([
    "GitLab is unreachable from the runner: dial tcp 192.0.2.1:443: connect: connection refused",
  ]);
  expect(finding(late, "runner-token")[0]).toBe("plain: whether the token is valid: GitLab is not reachable");
  expect(inShort(late)).toContain("runner-config good");
});

test("a runner without an answer from GitLab", async () => {
  await (await runner({ verify: "exec sleep 60" })).start();
  expect(finding(await inspected({ timeout: 4000 }), "gitlab-from-runner")).toEqual([
    "GitLab is unreachable from the runner: no answer within 4 s",
  ]);
});

test("a stopped container that has never started is inspected, too", async () => {
  await runner({
    systemId: "",
    env: [`NESTBOX_GITLAB_URL=${gitlab.url}`, `NESTBOX_RUNNER_TOKEN_BIG=${BIG}`],
  });
  const checks = await inspected();
  expect(checks[0]).toMatchObject({
    id: "runner",
    state: "problem",
    finding: `${project}-runner is not running (created)`,
  });
  expect(finding(checks, "runner-version")[0]).toBe("the version of gitlab-runner could not be determined");
  expect(inShort(checks)).toContain("runner-config good");
  expect(finding(checks, "gitlab-from-runner")).toEqual([
    "whether GitLab is reachable from the runner: the container is not running",
  ]);
  expect(finding(checks, "runner-token")).toEqual([
    "plain: config.toml takes the token from $NESTBOX_RUNNER_TOKEN_PLAIN, which is not set",
    "big: whether the token is valid: the runner has never started",
  ]);
  expect(gitlab.askedFor).toEqual(new Set());
});

test("a refused connection, and a server other than GitLab", async () => {
  const { url } = gitlab;
  await runner({ env: [`NESTBOX_GITLAB_URL=${url}/elsewhere`] });
  expect(finding(await inspected(), "gitlab")).toEqual([
    `${url}/elsewhere answers with 404, but is not GitLab`,
  ]);
  await gitlab.close();
  expect(finding(await inspected(), "gitlab")).toEqual([
    expect.stringMatching(/elsewhere is unreachable from this machine: .*ECONNREFUSED/),
  ]);
  gitlab = await gitlabVerifyDouble();
});

test("the registry mirror of the same stack, which the engine does not use", async () => {
  const mirror = await docker.createContainer({
    name: `${project}-mirror`,
    Image: "alpine:3.19",
    Cmd: ["sleep", "600"],
    StopSignal: "SIGKILL",
    ExposedPorts: { "5000/tcp": {} },
    HostConfig: { PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] } },
    Labels: {
      "nestbox.kind": "registry-mirror",
      "nestbox.project": project,
      "nestbox.stack": "ci",
      "nestbox.test": project,
    },
  });
  containers.push(mirror);
  await mirror.start();
  const { Ports } = (await mirror.inspect()).NetworkSettings;
  const address = `http://127.0.0.1:${Ports["5000/tcp"]?.[0]?.HostPort}`;
  await runner();
  const works = await inspected();
  expect(finding(works, "registry-mirror")).toEqual([`the registry mirror serves at ${address}`]);
  expect(works.find(({ id }) => id === "engine-mirror")).toMatchObject({
    state: "warning",
    remedy: expect.stringContaining(`"registry-mirrors": ["${address}"]`),
  });
  await mirror.kill();
  // The engine's list shows the end of a container a moment later.
  const hasEnded = async () =>
    expect(inShort(await inspected())).toEqual(
      expect.arrayContaining(["registry-mirror problem", "engine-mirror unknown"]),
    );
  await eventually(hasEnded, { within: "30s" });
});

test("a removed container is found by its volume, in the project that configures the runner", async () => {
  await docker.createVolume({
    Name: `${project}-config`,
    Labels: {
      [LABEL.kind]: "runner",
      [LABEL.project]: project,
      [LABEL.stack]: "ci",
      "nestbox.test": project,
    },
  });
  const keepers = [
    { project, stack: "ci" },
    { project, stack: "never-there" },
  ];
  const options = {
    declaredConfig: async () => ({ unknown: "-" }),
    host: async () => ({ freeNetworks: 1 }),
  };
  const own = async (known: typeof keepers) =>
    (await inspectRunners(engineHost(process.env), { ...options, keepers: known })).filter(
      (each) => each.project === project,
    );
  try {
    const container = await runner();
    expect(await own(keepers)).toMatchObject([{ container: `${project}-runner` }]);
    await container.remove({ force: true });
    containers = [];
    expect(await own([])).toEqual([]);
    expect(await own(keepers)).toEqual([
      {
        project,
        stack: "ci",
        checks: [
          {
            id: "runner",
            state: "problem",
            finding: expect.stringContaining("the container is missing"),
            remedy: expect.stringContaining("nestbox up --stack ci"),
          },
        ],
      },
    ]);
  } finally {
    await docker.getVolume(`${project}-config`).remove();
  }
});

test("values of the stack's settings in a config.toml count as declared", async () => {
  const settings = {
    metricsAddress: ":9252",
    daemonConfig: "/volumes/c/docker-daemon.json",
    gitlabCaFile: "/etc/gitlab-runner/gitlab-authorities.pem",
  };
  await runner({ config: configFile(RUNNERS, settings) });
  const received: object[] = [];
  await inspectRunners(engineHost(process.env), {
    declaredConfig: async (of, values) => {
      if (of === project) received.push(values);
      return { unknown: "-" };
    },
    host: async () => ({ freeNetworks: 1 }),
  });
  expect(received).toEqual([settings]);
});
