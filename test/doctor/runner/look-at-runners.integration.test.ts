import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect, engineHost } from "../../../src/docker/client.ts";
import type { Check } from "../../../src/doctor/check.ts";
import { lookAtRunners } from "../../../src/doctor/runner/look-at-runners.ts";
import { configFile } from "../../../src/gitlab/runner/config-file.ts";
import { LABEL } from "../../../src/model/labels.ts";
import type { Runner } from "../../../src/model/runner.ts";
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

async function look({ declared = CONFIG, patience = 60_000 } = {}): Promise<readonly Check[]> {
  const examined = await lookAtRunners(engineHost(), {
    declaredConfig: async (of) =>
      of === project ? { config: declared } : { unknown: "it is another test's" },
    host: async () => ({ freeNetworks: 100 }),
    patience,
  });
  const own = examined.filter((each) => each.project === project);
  expect(own).toHaveLength(1);
  expect(JSON.stringify(own)).not.toMatch(new RegExp(`${PLAIN}|${BIG}`));
  return own[0]?.checks ?? [];
}

const inShort = (checks: readonly Check[]) => checks.map(({ id, state }) => `${id} ${state}`);
const finding = (checks: readonly Check[], wanted: string) =>
  checks.filter(({ id }) => id === wanted).map((check) => check.finding);

test("a runner that works: everything is seen, and GitLab is asked as the runner that it is", async () => {
  gitlab.tokens.set(PLAIN, { expires: null }).set(BIG, { expires: "2099-01-01T00:00:00Z" });
  await (await runner()).start();
  const checks = await look();
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
  expect(finding(checks, "runner")).toEqual([`${project}-runner runs, no job right now`]);
  expect(finding(checks, "runner-version")).toEqual(["gitlab-runner 19.3.0"]);
  expect(finding(checks, "gitlab")).toEqual([`${gitlab.url} answers this machine`]);
  expect(gitlab.askedFor).toEqual(["s_0123456789ab", "s_0123456789ab"]);
});

test("tokens that are refused, end soon or are missing, and a config that was changed", async () => {
  const soon = new Date(Date.now() + 2.5 * 24 * 3_600_000).toISOString();
  gitlab.tokens.set(PLAIN, { expires: soon });
  await (await runner({ verify: "echo 'ERROR: Verifying runner... is not valid'; exit 1" })).start();
  const checks = await look({ declared: configFile([...RUNNERS, { name: "third", tags: ["x"] }]) });
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
    `plain: GitLab takes the token, which ends at ${soon}, in 2 days`,
    "big: GitLab refuses the token (403): it was reset or has ended, or the runner was deleted",
  ]);
});

test("without GitLab everything else is still told: nobody there, no answer in time, the runner alone", async () => {
  // As gitlab-runner 19.4 says it, and with its exit code.
  const refused =
    "echo 'ERROR: Verifying runner... failed   runner=abcdefghi status=execute JSON request: dial tcp 192.0.2.1:443: connect: connection refused'";
  await (await runner({ verify: refused })).start();
  gitlab.hang();
  const late = await look({ patience: 4000 });
  expect(finding(late, "gitlab")).toEqual([
    `${gitlab.url} does not answer this machine: no answer within 4 s`,
  ]);
  expect(finding(late, "gitlab-from-runner")).toEqual([
    "GitLab does not answer the runner: dial tcp 192.0.2.1:443: connect: connection refused",
  ]);
  expect(finding(late, "runner-token")[0]).toBe(
    "plain: whether GitLab takes the token: GitLab was not asked",
  );
  expect(inShort(late)).toContain("runner-config good");
});

test("a runner whose own question is never answered", async () => {
  await (await runner({ verify: "exec sleep 60" })).start();
  expect(finding(await look({ patience: 4000 }), "gitlab-from-runner")).toEqual([
    "GitLab does not answer the runner: no answer within 4 s",
  ]);
});

test("a container that does not run, and one that has never run, are looked at all the same", async () => {
  await runner({
    systemId: "",
    env: [`NESTBOX_GITLAB_URL=${gitlab.url}`, `NESTBOX_RUNNER_TOKEN_BIG=${BIG}`],
  });
  const checks = await look();
  expect(checks[0]).toMatchObject({
    id: "runner",
    state: "problem",
    finding: `${project}-runner does not run (created)`,
  });
  expect(finding(checks, "runner-version")[0]).toMatch(/^gitlab-runner's version: it does not tell/);
  expect(inShort(checks)).toContain("runner-config good");
  expect(finding(checks, "gitlab-from-runner")).toEqual([
    "whether GitLab answers the runner: the container does not run",
  ]);
  expect(finding(checks, "runner-token")).toEqual([
    "plain: config.toml takes the token from $NESTBOX_RUNNER_TOKEN_PLAIN, which the container does not have",
    "big: whether GitLab takes the token: the runner has never started",
  ]);
  expect(gitlab.askedFor).toEqual([]);
});

test("a port where nobody listens, and something else than GitLab that answers", async () => {
  const { url } = gitlab;
  await runner({ env: [`NESTBOX_GITLAB_URL=${url}/elsewhere`] });
  expect(finding(await look(), "gitlab")).toEqual([
    `something answers at ${url}/elsewhere with 404, but it is no GitLab`,
  ]);
  await gitlab.close();
  expect(finding(await look(), "gitlab")).toEqual([
    expect.stringMatching(/elsewhere does not answer this machine: .*ECONNREFUSED/),
  ]);
  gitlab = await gitlabVerifyDouble();
});

test("the registry mirror of the same stack, which this engine does not pull through", async () => {
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
  const works = await look();
  expect(finding(works, "registry-mirror")).toEqual([`the registry mirror serves at ${address}`]);
  expect(works.find(({ id }) => id === "engine-mirror")).toMatchObject({
    state: "warning",
    remedy: expect.stringContaining(`"registry-mirrors": ["${address}"]`),
  });
  await mirror.kill();
  expect(inShort(await look())).toEqual(
    expect.arrayContaining(["registry-mirror problem", "engine-mirror unknown"]),
  );
});

test("a runner whose container somebody removed is found by its volume, where it is known to be kept", async () => {
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
  const questions = {
    declaredConfig: async () => ({ unknown: "-" }),
    host: async () => ({ freeNetworks: 1 }),
  };
  const own = async (known: typeof keepers) =>
    (await lookAtRunners(engineHost(), { ...questions, keepers: known })).filter(
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
            finding: expect.stringContaining("its container is gone"),
            remedy: expect.stringContaining("nestbox up --stack ci"),
          },
        ],
      },
    ]);
  } finally {
    await docker.getVolume(`${project}-config`).remove();
  }
});

test("what the stack's settings have put into a config is handed on, so that it counts as declared", async () => {
  const settings = {
    metricsAddress: ":9252",
    daemonConfig: "/volumes/c/docker-daemon.json",
    gitlabAuthorities: "/etc/gitlab-runner/gitlab-authorities.pem",
  };
  await runner({ config: configFile(RUNNERS, settings) });
  const asked: object[] = [];
  await lookAtRunners(engineHost(), {
    declaredConfig: async (of, said) => {
      if (of === project) asked.push(said);
      return { unknown: "-" };
    },
    host: async () => ({ freeNetworks: 1 }),
  });
  expect(asked).toEqual([settings]);
});
