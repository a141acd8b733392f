import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { stringify } from "smol-toml";
import type { Check } from "../../../src/doctor/check.ts";
import { configFile } from "../../../src/gitlab/runner/config-file.ts";
import { failedJob, healthyJob } from "../../doctor/logs/job-log.ts";

const folder = mkdtempSync(path.join(tmpdir(), "nestbox-doctor-"));
afterAll(() => rmSync(folder, { recursive: true }));

const LOG = failedJob([
  "Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?",
]);

function doctor(
  words: readonly string[],
  input = "",
  environment: Readonly<Record<string, string>> = {},
  cwd = folder,
) {
  const command = path.join(__dirname, "../../../src/cli/main.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, "doctor", ...words], {
    cwd,
    input,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", ...environment },
  });
  return { status, stdout, stderr };
}

test("a log from a file: the line, cause, remedy and source, and exit code 1", () => {
  writeFileSync(path.join(folder, "job.log"), LOG);
  const { status, stdout } = doctor(["job.log"]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^line 16 {2}Cannot connect to the Docker daemon at tcp:\/\/docker:2375/);
  expect(stdout).toMatch(/\n {2}cause {3}No daemon listens on that port/);
  expect(stdout).toMatch(/\n {2}remedy {2}Match DOCKER_HOST/);
  expect(stdout).toMatch(/\n {2}source {2}https:/);
});

test("a log from the standard input, as JSON", () => {
  const { status, stdout } = doctor(["-", "--json"], LOG);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    machine: [],
    runners: [],
    failures: [{ id: "daemon-not-at-port", line: 16, remedy: expect.any(String) }],
  });
});

test("a healthy log ends with exit code 0", () => {
  expect(doctor(["-"], healthyJob())).toMatchObject({
    status: 0,
    stdout: "no known failure in this log\n",
  });
});

test("an unreadable and an empty log are errors that the user has to correct", () => {
  expect(doctor(["missing.log"])).toMatchObject({
    status: 2,
    stderr:
      "error missing.log: the log cannot be read (ENOENT); " +
      "name a file with a job's log, or - for the standard input\n",
  });
  expect(doctor(["-"])).toMatchObject({
    status: 2,
    stderr:
      "error the standard input: the log is empty; " +
      "name a file with a job's log, or - for the standard input\n",
  });
});

test("a runner's config.toml: its problems, without its token", () => {
  const runner = {
    name: "big",
    executor: "docker",
    token: "glrt-of-big",
    docker: { network_mode: "bridge" },
  };
  writeFileSync(path.join(folder, "config.toml"), stringify({ concurrent: 1, runners: [runner] }));
  const { status, stdout } = doctor(["config.toml"]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^✗ runners\.big\.docker\.network_mode is set: .*\n {2}Remove network_mode/);
  expect(stdout).not.toContain("glrt-of-big");
  expect(JSON.parse(doctor(["config.toml", "--json"]).stdout)).toMatchObject({
    machine: [],
    config: [{ id: "config-network-mode" }, { id: "config-token", state: "warning" }],
  });

  writeFileSync(path.join(folder, "ours.toml"), configFile([{ name: "plain", tags: ["docker"], mtu: 576 }]));
  expect(doctor(["ours.toml"])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^✓ plain: no setting/),
  });
  expect(doctor(["missing.toml"])).toMatchObject({
    status: 2,
    stderr:
      "error missing.toml: the configuration cannot be read (ENOENT); name a config.toml of gitlab-runner\n",
  });
});

test("without a file the machine is examined: a missing engine is a problem", () => {
  const environment = { DOCKER_HOST: `unix://${folder}/none.sock` };
  const { status, stdout } = doctor([], "", environment);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^✗ the Docker engine is unreachable: .*none\.sock\n {2}Start it/);
  expect(JSON.parse(doctor(["--json"], "", environment).stdout)).toMatchObject({
    machine: [{ id: "engine", state: "problem" }],
    runners: [],
    failures: [],
  });
});

test("the toolchain of a project is examined without an engine and without a set-up", () => {
  const project = path.join(__dirname, "../../..");
  const cache = path.join(folder, "cache");
  const home = path.join(folder, "home");
  const PATH = path.dirname(process.execPath);
  const environment = {
    DOCKER_HOST: `unix://${folder}/none.sock`,
    NESTBOX_CACHE: cache,
    PULUMI_HOME: home,
    PATH,
  };
  const { stdout } = doctor([], "", environment, project);
  expect(stdout).toMatch(
    /\n\? no Pulumi CLI yet: the next `nestbox up` .*\n\? no Docker provider yet: .*\n\? no Node/,
  );
  expect(JSON.parse(doctor(["--json"], "", environment, project).stdout)).toMatchObject({
    toolchain: [{ id: "pulumi" }, { id: "docker-provider" }, { id: "language-host", state: "unknown" }],
  });
  expect([cache, home].filter((each) => existsSync(each))).toEqual([]);
});

test("outside a project no toolchain is examined", () => {
  const environment = { DOCKER_HOST: `unix://${folder}/none.sock` };
  expect(JSON.parse(doctor(["--json"], "", environment).stdout)).toMatchObject({ toolchain: [] });
});

test("an engine that refuses to list its containers: all other checks are reported", async () => {
  const socket = path.join(folder, "engine.sock");
  // A double of an engine, in a process of its own: this one waits for the command.
  const engine = spawn(process.execPath, ["-e", REFUSING_ENGINE, socket], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(engine.stdout, "data");
    const { stdout } = doctor(["--json"], "", { DOCKER_HOST: `unix://${socket}` });
    const { machine, runners } = JSON.parse(stdout) as {
      machine: readonly Check[];
      runners: readonly unknown[];
    };
    expect(runners).toEqual([]);
    expect(machine[0]).toMatchObject({ id: "engine", state: "good" });
    expect(machine.at(-1)).toEqual({
      id: "runners",
      state: "unknown",
      finding: "the runners on this engine could not be listed: no",
    });
  } finally {
    engine.kill();
  }
});

const REFUSING_ENGINE = `
  const answers = {
    "/_ping": "OK",
    "/version": { Version: "27.0", ApiVersion: "1.46", MinAPIVersion: "1.24" },
    "/info": { Driver: "overlay2", DockerRootDir: "/nowhere", CgroupVersion: "2", MemoryLimit: true },
    "/networks": [],
  };
  require("node:http").createServer((request, response) => {
    const answer = answers[request.url];
    response.writeHead(answer ? 200 : 500).end(JSON.stringify(answer ?? { message: "no" }));
  }).listen(process.argv[1], () => console.log("listens"));
`;
