import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../bench/connect.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { socketPath } from "../../src/docker/host.ts";
import { dockerWith } from "../setup/docker-command.ts";
import { JOB_IMAGE, NODE, nestboxInContainer, nodeInContainer } from "./job-container.ts";
import { type UserProject, userProject } from "./user-project.ts";

// A user who may not open root's socket, and has an engine of their own.

const NOBODY = 65_534;

let docker: Docker;
let project: UserProject;
let folder: string;
let relay: Server;

beforeAll(async () => {
  await dockerWith(["redis:7-alpine", JOB_IMAGE]);
  docker = await connect();
  const socket = socketPath(engineHost(process.env)) ?? "";
  project = userProject("e2e-sockets");
  for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(project.folder, file), { recursive: true });
  project.declare('sandbox("near", { services: { redis: redis() } })');
  // The user's engine is this machine's by another socket, which everybody may open.
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-colima-"));
  const own = path.join(folder, "docker.sock");
  relay = createServer({ allowHalfOpen: true }, (client) => {
    const engine = createConnection({ path: socket, allowHalfOpen: true });
    client.pipe(engine).pipe(client);
    for (const [one, other] of [
      [client, engine],
      [engine, client],
    ] as const)
      one.on("error", () => other.destroy());
  });
  await new Promise<void>((resolve) => relay.listen(own, resolve));
  chmodSync(folder, 0o755);
  chmodSync(own, 0o777);
}, 600_000);

afterAll(async () => {
  relay.close();
  rmSync(folder, { recursive: true });
  await project.remove();
});

const OWN = "unix:///tmp/home/.colima/default/docker.sock";
const WHY = "socket of Colima; not unix:///var/run/docker.sock: connect EACCES /var/run/docker.sock";

const where = () => ({
  folder: project.folder,
  user: NOBODY,
  environment: { HOME: "/tmp/home", NESTBOX_CACHE: "/tmp/cache", DOCKER_HOST: "" },
  binds: [
    `${socketPath(engineHost(process.env))}:/var/run/docker.sock`,
    `${folder}:/tmp/home/.colima/default`,
  ],
});

test("every command takes the engine that the user may use", async () => {
  const client = "require('node:net').connect(process.env.REDIS_PORT, process.env.REDIS_HOST).end()";
  const run = await nestboxInContainer(docker, where(), ["run", "near", "--", NODE, "-e", client]);
  expect({ exitCode: run.exitCode, stderr: run.stderr }).toMatchObject({ exitCode: 0 });
  expect(run.stderr).toContain(`… engine: ${OWN} (${WHY})\n`);
  const doctor = await nestboxInContainer(docker, where(), ["doctor"]);
  expect(doctor.stdout).toMatch(/✓ Docker \S+ at /);
  expect(doctor.stdout).toContain(` at ${OWN} (${WHY})\n`);
  for (const words of [["ls"], ["gc"]])
    expect(await nestboxInContainer(docker, where(), words)).toMatchObject({ exitCode: 0 });
});

test("a program that asks no engine takes the same one", async () => {
  const sources = path.resolve(__dirname, "../../src");
  const file = path.join(sources, "docker/engine-host.ts");
  const program = `import { engineHost } from "${file}"; console.log(engineHost(process.env).host);`;
  const { binds, ...others } = where();
  const { stdout, stderr } = await nodeInContainer(
    docker,
    { ...others, binds: [...binds, `${sources}:${sources}:ro`] },
    ["--input-type=module", "--eval", program],
  );
  expect({ stdout, stderr }).toEqual({ stdout: `${OWN}\n`, stderr: "" });
});
