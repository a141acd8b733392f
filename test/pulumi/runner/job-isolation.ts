import { beforeEach, expect, test } from "@jest/globals";
import { connect } from "../../../bench/connect.ts";
import declaredRunners from "../../../sandboxes/runners.ts";
import { readJobLog } from "../../../src/doctor/job-log.ts";
import type { CiJob } from "./ci-job.ts";
import type { KeptJob } from "./coordinator-double.ts";
import {
  containersOf,
  hostAddress,
  logOf,
  plainJob,
  type RealRunner,
  traceOf,
  written,
} from "./real-runner.ts";

// Attacks of a job on its host, run by a real gitlab-runner with the rendered configuration. An open
// connection proves nothing, since a gateway may answer for any address: the tests check the answers.

let runner: RealRunner;

/** A job that writes a line and then waits for a file. */
const STAY = ['echo "has $((1 + 1)) hands"', "until [ -e /go ]; do sleep 0.1; done"] as const;
const HERE = "has 2 hands";

const dindJob = (service: CiJob["services"][number], ...script: readonly string[]): CiJob => ({
  ...plainJob(...script),
  tags: ["docker-in-docker"],
  image: "docker:25.0.0-cli",
  services: [service],
});

const DIND = {
  name: "docker:dind",
  alias: "docker",
  command: ["--tls=false"],
  variables: { DOCKER_TLS_CERTDIR: "" },
};

/**
 * Docker lets a packet to another network pass while it creates one (docs/gitlab-runner.md), so one of the
 * tries may get an answer.
 */
const tries = (command: string): readonly string[] => Array(5).fill(command);
const PASSED_AT_MOST = 1;

async function letGo(job: KeptJob): Promise<string> {
  const [build = ""] = await containersOf(job, "build");
  await runner.docker.run("exec", build, "touch", "/go");
  return traceOf(job);
}

/** The container of a job's service, by its image. */
async function serviceOf(job: KeptJob): Promise<string> {
  const [service = ""] = await containersOf(job, "service");
  return service;
}

async function inspected(container: string) {
  const engine = await connect();
  return engine.getContainer(container).inspect();
}

/** Commands that read the start of each disk of the host, and mount one. */
const DISK_ATTEMPT = [
  // gitlab-runner's shell exits at the first failure.
  "set +e",
  "grep -E '(vd|sd|nvme|xvd)' /proc/partitions | while read -r major minor size name; do",
  '  mknod "/tmp/$name" b "$major" "$minor" && head -c 512 "/tmp/$name" >"/tmp/$name.read" && echo ' +
    '"read $(wc -c <"/tmp/$name.read") bytes of a disk"',
  "done",
  "mkdir -p /tmp/mounted && mount -t tmpfs none /tmp/mounted && echo mounted something",
  "cat /proc/sys/kernel/core_uses_pid >/tmp/value && cat /tmp/value >/proc/sys/kernel/core_uses_pid && " +
    "echo changed the kernel",
  "true",
].join("\n");

/** The tests for a runner with its metrics at a port of this machine. */
export function isolationTests(running: () => RealRunner, metricsPort: () => number): void {
  beforeEach(() => {
    runner = running();
  });

  test("a job cannot read the host's disks, mount anything, or change the kernel", async () => {
    const privileged = await runner.docker.run(
      "run",
      "--rm",
      "--privileged",
      "alpine:3.19",
      "sh",
      "-c",
      `(${DISK_ATTEMPT}) 2>&1`,
    );
    // On some machines even a privileged job cannot read a disk: there the attempt proves nothing.
    expect(privileged).toMatch(/^mounted something$/m);
    expect(privileged).toMatch(/^changed the kernel$/m);

    const trace = await traceOf(
      runner.coordinator.give(plainJob(`(${DISK_ATTEMPT}) >/tmp/output 2>&1; cat /tmp/output`)),
    );
    expect(trace).toMatch(/head: .*Operation not permitted/);
    expect(trace).toMatch(/mount: .*ermission denied/);
    expect(trace).toMatch(/Read-only file system/);
    expect(trace).not.toMatch(/ read 512 bytes of a disk$| mounted something$| changed the kernel$/m);
  }, 300_000);

  test("a job has no socket of the host; its Docker daemon has none of the host's containers", async () => {
    const list = "docker ps --all --format '{{.Names}}'; docker info --format 'daemon {{.ID}}'";
    const engine = await connect();
    const { ID } = (await engine.info()) as { readonly ID: string };
    expect(await runner.docker.run("ps", "--all", "--format", "{{.Names}}")).toContain(runner.container);

    const look = [
      "find / -xdev -type s; grep -c docker.sock /proc/mounts || true",
      "until docker info >/dev/null 2>&1; do sleep 0.1; done",
    ];
    const job = {
      ...dindJob(DIND, ...look, list),
      variables: { GIT_STRATEGY: "empty", DOCKER_HOST: "tcp://docker:2375" },
    };
    const trace = await traceOf(runner.coordinator.give(job));
    expect(trace).toMatch(/daemon [0-9a-f-]{36}/);
    expect(trace).not.toContain(ID);
    expect(trace).not.toContain(runner.container);
    expect(trace).toMatch(/(^|\s)0$/m);
    expect(trace).not.toMatch(/docker\.sock$/m);
  }, 300_000);

  test("a service is privileged only when its image is listed; the job itself never is", async () => {
    const withService = (service: CiJob["services"][number]) =>
      runner.coordinator.give({ ...dindJob(service, ...STAY), image: "alpine:3.19" });
    const listed = withService(DIND);
    const other = withService({ name: "redis:7-alpine", alias: "cache" });
    await Promise.all([written(listed, HERE), written(other, HERE)]);
    const isPrivileged = async (container: string) => (await inspected(container)).HostConfig.Privileged;
    const [listedBuild = ""] = await containersOf(listed, "build");
    const [otherBuild = ""] = await containersOf(other, "build");
    expect(await isPrivileged(await serviceOf(listed))).toBe(true);
    expect(await isPrivileged(await serviceOf(other))).toBe(false);
    expect(await isPrivileged(listedBuild)).toBe(false);
    expect(await isPrivileged(otherBuild)).toBe(false);

    const mount = [
      "sh",
      "-c",
      "mkdir -p /tmp/mounted && mount -t tmpfs none /tmp/mounted 2>&1 && echo mounted || true",
    ];
    expect(await runner.docker.run("exec", await serviceOf(listed), ...mount)).toBe("mounted");
    for (const refused of [await serviceOf(other), listedBuild, otherBuild]) {
      expect(await runner.docker.run("exec", "--user", "0", refused, ...mount)).toMatch(/ermission denied/);
    }
    await Promise.all([letGo(listed), letGo(other)]);
  }, 300_000);

  test("a job reaches no other job's service by name or address, even without its own network", async () => {
    const cache = { name: "redis:7-alpine", alias: "cache" };
    const one = runner.coordinator.give({
      ...plainJob("printf 'PING\\r\\n' | nc -w 5 cache 6379", ...STAY),
      services: [cache],
    });
    await written(one, HERE);
    expect(one.trace.toString()).toContain("+PONG");
    const service = await serviceOf(one);
    const { NetworkSettings } = await inspected(service);
    const [address = ""] = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    const seen = async () =>
      /total_connections_received:(\d+)/.exec(
        await runner.docker.run("exec", service, "redis-cli", "INFO", "stats"),
      )?.[1];
    const before = Number(await seen());

    const ask = (host: string) => `(printf 'PING\\r\\n' | timeout 2 nc -w 2 ${host} 6379) 2>&1 || true`;
    const other = plainJob('echo "ask $((1 + 1)) ways"', ...tries(ask(address)), ask("cache"));
    const variables = { ...other.variables, FF_NETWORK_PER_BUILD: "false" };
    const trace = await traceOf(runner.coordinator.give({ ...other, variables }));
    expect(trace).toContain("ask 2 ways");
    expect((trace.match(/PONG/g) ?? []).length).toBeLessThanOrEqual(PASSED_AT_MOST);
    // One of them is the command of this job.
    expect(Number(await seen())).toBeLessThanOrEqual(before + 1 + PASSED_AT_MOST);
    await letGo(one);
  }, 300_000);

  test("a job cannot read the runner's metrics, and the host can", async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort()}/metrics`)).text();
    expect(metrics).toContain("gitlab_runner_version_info");
    const { NetworkSettings } = await inspected(runner.container);
    const own = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => `${IPAddress}:9252`);
    const places = [...own, `${await hostAddress()}:${metricsPort()}`, `${await hostAddress()}:9252`];
    const attempts = places.flatMap((place) =>
      tries(`wget -T 2 -q -O - http://${place}/metrics 2>&1 | head -n 1 || true`),
    );
    const trace = await traceOf(
      runner.coordinator.give(plainJob('echo "ask $((1 + 1)) places"', ...attempts)),
    );
    expect(trace).toContain("ask 2 places");
    expect((trace.match(/# HELP /g) ?? []).length).toBeLessThanOrEqual(PASSED_AT_MOST);
  }, 300_000);

  test("no runner token is in a job's environment, containers or log, or in the runner's log", async () => {
    const tokens = [...runner.project.gitlab.runners.values()].map(({ token }) => token);
    expect(tokens).toHaveLength(declaredRunners.length);
    expect(JSON.stringify(await inspected(runner.container))).toContain(tokens[0]);

    // gitlab-runner masks tokens in logs, but not in base64.
    const everything = [
      'echo "everything $((1 + 1)) begins"',
      "{ cat /proc/*/environ /proc/*/cmdline | tr '\\000' '\\n' || true; env; grep -rs glrt- /builds /etc " +
        "/tmp /run || true; } | base64",
      'echo "everything $((1 + 1)) ends"',
    ];
    const job = runner.coordinator.give({ ...dindJob(DIND, ...everything, ...STAY) });
    await written(job, HERE);
    const containers = await containersOf(job);
    expect(containers.length).toBeGreaterThanOrEqual(2);
    const texts = await Promise.all(
      containers.map(async (container) => JSON.stringify(await inspected(container))),
    );
    const trace = await letGo(job);
    const seen = decoded(trace);
    expect(seen).toContain("CI_JOB_ID=");
    const log = await runner.docker.run("logs", runner.container);
    const own = await logOf(runner.container);
    expect(own).toContain("Configuration loaded");
    for (const text of [...texts, trace, seen, log, own]) {
      for (const token of tokens) expect(text).not.toContain(token);
    }
  }, 300_000);

  /** A job's output in base64, between the lines that mark its start and end. */
  function decoded(trace: string): string {
    const lines = readJobLog(trace).map(({ text }) => text);
    const written = lines.slice(lines.indexOf("everything 2 begins") + 1, lines.indexOf("everything 2 ends"));
    return Buffer.from(written.filter((line) => !line.startsWith("$ ")).join(""), "base64").toString();
  }
}
