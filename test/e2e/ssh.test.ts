import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { engineHost } from "../../src/docker/engine-host.ts";
import { socketPath } from "../../src/docker/host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import { eventually } from "../eventually.ts";
import { type SshServer, startSshServer } from "./ssh-server.ts";
import { type UserProject, userProject } from "./user-project.ts";

let server: SshServer;
let project: UserProject;
/** The engine's socket. */
let socket: string;

beforeAll(async () => {
  server = await startSshServer();
  socket = socketPath(engineHost(process.env)) ?? "";
  project = userProject("e2e-ssh");
  for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(project.folder, file), { recursive: true });
  project.declare(
    `sandbox("far", {
      services: { redis: redis() },
      jobs: { ping: { image: "redis:7-alpine", script: ["redis-cli -h redis ping"] } },
    })`,
  );
});

afterAll(async () => {
  const engine = engineHost(process.env);
  const owned = await readOwnedResources(engine);
  const name = path.basename(project.folder);
  await removeResources(
    engine,
    owned.filter(({ labels }) => labels[LABEL.project] === name),
  );
  await project.remove();
  server.close();
});

const logins = async () => (await server.counts()).logins;
const open = async () => (await server.counts()).open;

/** Nothing of a command's connection outlives it. */
afterEach(() =>
  eventually(
    async () => {
      expect(await open()).toBe(0);
      expect(readdirSync(server.temporary).filter((name) => name.includes("ssh"))).toEqual([]);
    },
    { within: "20s" },
  ),
);

function start(words: readonly string[], host = `${server.host}${socket}`) {
  return project.start(words, { ...server.environment, DOCKER_HOST: host });
}

test("a command needs one login, whatever it asks of the engine", async () => {
  const before = await logins();
  const { exitCode, stdout, stderr } = await start(["run", "far", "ping"]).ended;
  expect({ exitCode, stderr, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/PONG/) });
  expect(await logins()).toBe(before + 1);
});

test("without a path, the engine of the other machine is found", async () => {
  expect(await start(["ls"], server.host).ended).toMatchObject({ exitCode: 0 });
});

/** A command that talks to the service at the address of its variables. */
const ASK = `require("node:net").connect(process.env.REDIS_PORT, process.env.REDIS_HOST, function () {
  this.once("data", (data) => { process.stdout.write(data); this.end(); }).write("PING\\r\\n");
})`;

test("a command of this machine reaches the services through the connection", async () => {
  const before = await logins();
  const { exitCode, stdout, stderr } = await start(["run", "far", "--", process.execPath, "-e", ASK]).ended;
  expect({ exitCode, stderr, stdout }).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/\+PONG/),
  });
  expect(await logins()).toBe(before + 1);
});

/** A command that also ends with a killed parent, whose output it would hold open. */
const WAIT = "echo is up; while kill -0 $PPID 2>/dev/null; do sleep 0.1; done";

test("the connection ends with a command that is killed or interrupted", async () => {
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    const command = start(["run", "far", "--", "sh", "-c", WAIT]);
    await command.printed(/is up/);
    command.process.kill(signal);
    await command.ended;
    await eventually(async () => expect(await open()).toBe(0), { within: "20s" });
  }
});

test("a socket that is not there, and a user that may not log in", async () => {
  expect(await start(["ls"], `${server.host}/no/docker.sock`).ended).toMatchObject({
    exitCode: 2,
    stderr:
      `error DOCKER_HOST: /no/docker.sock on 127.0.0.1:${server.port} is no socket that this user may use; ` +
      "correct the path in the address, or join the group of the socket there\n",
  });
  const refused = await start(["ls"], `ssh://other@127.0.0.1:${server.port}`).ended;
  expect(refused).toMatchObject({ exitCode: 2 });
  expect(refused.stderr).toMatch(
    /^error DOCKER_HOST: no connection by ssh: other@127\.0\.0\.1: Permission denied \(publickey\)\.$/m,
  );
  expect(refused.stderr).toContain(
    `Make \`ssh -p ${server.port} other@127.0.0.1 true\` work without a question`,
  );
});

test("a host whose key is new is an error in the words of ssh, not a question", async () => {
  const other = await startSshServer();
  try {
    const { stderr } = await start(["ls"], other.host).ended;
    expect(stderr).toMatch(/^error DOCKER_HOST: no connection by ssh: Host key verification failed\.$/m);
  } finally {
    other.close();
  }
});
