import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../bench/connect.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { socketPath } from "../../src/docker/host.ts";
import { readOwnedResources } from "../../src/docker/owned-resources.ts";
import { removeResources } from "../../src/docker/remove-owned.ts";
import { LABEL } from "../../src/model/labels.ts";
import { eventually } from "../eventually.ts";
import { dockerWith } from "../setup/docker-command.ts";
import { JOB_IMAGE, nestboxInContainer, nodeInContainer } from "./job-container.ts";
import { type UserProject, userProject } from "./user-project.ts";

// The command in a container: with the engine's socket, and beside a Docker-in-Docker as in a GitLab job.

const name = `nestbox-inside-${randomBytes(4).toString("hex")}`;

let docker: Docker;
let project: UserProject;
let socket: string;

beforeAll(async () => {
  await dockerWith(["redis:7-alpine", "docker:dind", JOB_IMAGE]);
  docker = await connect();
  socket = `${socketPath(engineHost(process.env))}:/var/run/docker.sock`;
  project = userProject("e2e-inside");
  for (const file of ["Pulumi.yaml", "infra"]) rmSync(path.join(project.folder, file), { recursive: true });
  project.declare('sandbox("near", { services: { redis: { ...redis(), publish: true } } })');
  project.write("ask.cjs", ASK);
  await docker.createNetwork({ Name: name });
}, 600_000);

afterAll(async () => {
  const engine = engineHost(process.env);
  const own = path.basename(project.folder);
  const owned = await readOwnedResources(engine);
  await removeResources(
    engine,
    owned.filter(({ labels }) => labels[LABEL.project] === own),
  );
  await docker.getNetwork(name).remove();
  await project.remove();
});

/** A client of the service at the address of its variables. It reports what the sandbox publishes, too. */
const ASK = `const { REDIS_HOST, REDIS_PORT } = process.env;
require("node:net").connect(REDIS_PORT, REDIS_HOST, function () {
  this.once("data", (data) => { console.log(REDIS_HOST, String(data).trim()); this.end(); });
  this.write("PING\\r\\n");
});
`;
const COMMAND = ["run", "near", "--", process.execPath, "ask.cjs"];

/** The gateway of a network of the engine. */
async function gatewayOf(network: string): Promise<string> {
  const { IPAM } = await docker.getNetwork(network).inspect();
  return IPAM?.Config?.[0]?.Gateway ?? "";
}

describe("with the engine's socket", () => {
  const inside = (words: readonly string[], network?: string, environment = {}) => {
    const where = { folder: project.folder, binds: [socket], environment };
    return nestboxInContainer(docker, { ...where, ...(network !== undefined && { network }) }, words);
  };

  test.each(["bridge", name])(
    "a command reaches the services at the gateway of network %s",
    async (network) => {
      const { exitCode, stdout, stderr } = await inside(COMMAND, network);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stdout).toBe(`${await gatewayOf(network)} +PONG\n`);
    },
  );

  test("start gives a program the same address", async () => {
    const program = `import { sandbox, start } from "nestbox";
      import { redis } from "nestbox/catalog";
      const near = await start(sandbox("near", { services: { redis: redis() } }));
      console.log(near.services.redis.host);
      await near.remove();`;
    const where = { folder: project.folder, binds: [socket], network: name };
    const words = ["--input-type=module", "--eval", program];
    const { exitCode, stdout, stderr } = await nodeInContainer(docker, where, words);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toBe(`${await gatewayOf(name)}\n`);
  });

  test("on the host's network they are on the loopback", async () => {
    const { exitCode, stdout, stderr } = await inside(COMMAND, "host");
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toBe("127.0.0.1 +PONG\n");
  });

  test("without a network the command is refused before anything starts", async () => {
    const { exitCode, stderr } = await inside(COMMAND, "none");
    expect(stderr).toMatch(
      /error unix:.*: this process does not reach .*, and on no network with a gateway; set NESTBOX_PUBL/,
    );
    expect(exitCode).toBe(2);
  });

  test("an address that nothing answers at is named before the command starts", async () => {
    // A name leads to the loopback of the engine's machine, which this container's is not.
    const { exitCode, stdout, stderr } = await inside(COMMAND, name, { NESTBOX_PUBLISHED_HOST: "localhost" });
    expect(stderr).toMatch(
      /near\.services\.redis: nothing answers at localhost:\d+ \(ECONNREFUSED\), where its port 6379 is pub/,
    );
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });

  test("doctor reports how published ports are reached", async () => {
    const { stdout } = await inside(["doctor"], name);
    const gateway = await gatewayOf(name);
    expect(stdout).toMatch(/✓ Docker \S+ at unix:\/\/\/var\/run\/docker\.sock \(socket of Docker\)\n/);
    expect(stdout).toContain(`✓ published ports are reached at ${gateway}: this process is in a container`);
  });

  test("a sandbox that stays is bound to the gateway alone", async () => {
    const { exitCode, stderr } = await inside(["up", "near"], name);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const bound = await bindingsOf(docker, path.basename(project.folder));
    expect(bound.map(({ HostIp }) => HostIp)).toEqual([await gatewayOf(name)]);
  });
});

/** The addresses of the engine's machine that the containers of a project are bound to. */
async function bindingsOf(engine: Docker, owner: string) {
  const containers = await engine.listContainers({ filters: { label: [`${LABEL.project}=${owner}`] } });
  const inspected = await Promise.all(containers.map(({ Id }) => engine.getContainer(Id).inspect()));
  return inspected.flatMap(({ NetworkSettings }) =>
    Object.values(NetworkSettings.Ports).flatMap((bound) => bound ?? []),
  );
}

describe.each([
  { port: 2375, certificates: "", daemon: ["--tls=false"] },
  { port: 2376, certificates: "/certs", daemon: [] },
])("beside a Docker-in-Docker on port $port", ({ port, certificates, daemon }) => {
  const service = `${name}-${port}`;
  let engine: Docker.Container;

  beforeAll(async () => {
    await docker.createNetwork({ Name: service });
    engine = await docker.createContainer({
      name: service,
      Image: "docker:dind",
      Cmd: daemon,
      Env: [`DOCKER_TLS_CERTDIR=${certificates}`],
      HostConfig: { Privileged: true, NetworkMode: service, Binds: [`${service}:/certs`] },
      NetworkingConfig: { EndpointsConfig: { [service]: { Aliases: ["docker"] } } },
    });
    await engine.start();
    await eventually(() => inEngine("docker --host unix:///var/run/docker.sock info"), { within: "2m" });
    // The project's files are on this machine, and so is the image.
    const image = await docker.getImage("redis:7-alpine").get();
    const load = await engine.exec({
      Cmd: ["docker", "--host", "unix:///var/run/docker.sock", "load"],
      AttachStdin: true,
      AttachStdout: true,
    });
    const connection = await load.start({ hijack: true, stdin: true });
    const loaded = new Promise((resolve) => connection.once("end", resolve));
    connection.resume();
    image.pipe(connection);
    await loaded;
  }, 300_000);

  afterAll(async () => {
    await engine.remove({ force: true, v: true });
    await docker.getVolume(service).remove();
    await docker.getNetwork(service).remove();
  });

  /** Runs a shell command in the engine's container. */
  async function inEngine(script: string): Promise<string> {
    const exec = await engine.exec({
      Cmd: ["sh", "-c", script],
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
    });
    let output = "";
    for await (const chunk of await exec.start({ Tty: true })) output += String(chunk);
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) throw new Error(`${script} ended with ${ExitCode}:\n${output}`);
    return output;
  }

  const tls = certificates !== "" && { DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs/client" };
  const inside = (
    words: readonly string[],
    variables: Readonly<Record<string, string>> = {},
    network = service,
  ) =>
    nestboxInContainer(
      docker,
      {
        folder: project.folder,
        network,
        environment: { DOCKER_HOST: `tcp://docker:${port}`, CI: "true", ...tls, ...variables },
        binds: [`${service}:/certs`],
      },
      words,
    );

  test("a command reaches the services at the host of the engine", async () => {
    const { exitCode, stdout, stderr } = await inside(COMMAND);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toBe("docker +PONG\n");
  });

  test("in one pod with the engine, as in Kubernetes, they are on the loopback", async () => {
    const { exitCode, stdout, stderr } = await inside(
      COMMAND,
      { DOCKER_HOST: `tcp://localhost:${port}` },
      `container:${service}`,
    );
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stdout).toBe("127.0.0.1 +PONG\n");
  });

  test("an engine that may be another machine's is refused before anything starts", async () => {
    const gateway = await gatewayOf(service);
    const { NetworkSettings } = await engine.inspect();
    const host = NetworkSettings.Networks[service]?.IPAddress ?? "";
    // The same engine by a port of the machine behind the network, as one there would be published.
    const relay = createServer((client) => {
      const connection = createConnection({ host, port });
      for (const [one, other] of [
        [client, connection],
        [connection, client],
      ] as const) {
        one.on("error", () => other.destroy());
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve) => relay.listen(0, gateway, resolve));
    const { port: relayed } = relay.address() as { readonly port: number };
    try {
      const elsewhere = { DOCKER_HOST: `tcp://${gateway}:${relayed}`, DOCKER_TLS_VERIFY: "" };
      const { exitCode, stdout, stderr } = await inside(COMMAND, {
        ...elsewhere,
        ...(tls && { DOCKER_TLS: "1" }),
      });
      expect(stderr).toMatch(
        /: the engine runs on [\d.]+ and publishes ports only on its loopback.*; name the engine as ssh:/,
      );
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    } finally {
      relay.close();
    }
  });

  test("ports are bound to its address on the job's network alone", async () => {
    const { Containers } = await docker.getNetwork(service).inspect();
    const [own] = Object.values(Containers ?? {}).map(({ IPv4Address }) => IPv4Address.split("/")[0]);
    const { exitCode, stderr } = await inside(["up", "near"]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const ports = await inEngine("docker --host unix:///var/run/docker.sock ps --format '{{.Ports}}'");
    expect(ports.trim()).toMatch(new RegExp(`^${own?.replaceAll(".", "\\.")}:\\d+->6379/tcp$`));
  });
});
