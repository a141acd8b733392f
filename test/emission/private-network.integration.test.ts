import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../bench/connect.ts";
import { redis } from "../../src/catalog/redis.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { dockerEnvironment, runCommand } from "./docker-client.ts";
import { type EmittedProject, emittedProject } from "./emitted-project.ts";

/** Prints every packet that arrives at port 9000. */
const LISTEN = `
import socket, threading
def read(connection):
    print("heard", connection.recv(200), flush=True)
server = socket.create_server(("", 9000))
print("listening", flush=True)
while True:
    threading.Thread(target=read, args=[server.accept()[0]]).start()
`;

const listener = { image: "python:3.10", command: ["python", "-c", LISTEN], ports: [9000] };

const closed = sandbox("closed", {
  networks: { private: { internal: true } },
  services: { cache: redis(), listener },
});

const open = sandbox("open", { services: { cache: redis(), listener } });

const CLOSED = `nestbox-test-${process.pid}-closed`;
const OPEN = `nestbox-test-${process.pid}-open`;

let project: EmittedProject;
let environment: NodeJS.ProcessEnv;
let docker: Docker;
let host: Server;
let heardOnHost: string;

beforeAll(async () => {
  environment = await dockerEnvironment();
  docker = await connect();
  project = emittedProject([closed, open]);
  await compose("closed", CLOSED, ["up", "--detach", "--wait"]);
  await compose("open", OPEN, ["up", "--detach", "--wait"]);
  heardOnHost = "";
  host = createServer((socket) =>
    socket.on("error", () => undefined).on("data", (data) => (heardOnHost += data)),
  );
  await new Promise<void>((resolve) => host.listen(0, "0.0.0.0", resolve));
});

afterAll(async () => {
  await compose("closed", CLOSED, ["down", "--volumes", "--timeout", "0"]);
  await compose("open", OPEN, ["down", "--volumes", "--timeout", "0"]);
  await new Promise((resolve) => host.close(resolve));
  project.remove();
});

test("inside the private network packets arrive", async () => {
  const token = await send(CLOSED, await addressOf(CLOSED, "listener"), 9000);
  expect(await heardBy(CLOSED)).toContain(token);
});

test("from an open network packets arrive in the same open network", async () => {
  const token = await send(OPEN, await addressOf(OPEN, "listener"), 9000);
  expect(await heardBy(OPEN)).toContain(token);
});

test("no packet of the private network arrives in another sandbox", async () => {
  const token = await send(CLOSED, await addressOf(OPEN, "listener"), 9000);
  expect(await heardBy(OPEN)).not.toContain(token);
});

test("no packet of another sandbox arrives in the private network", async () => {
  const token = await send(OPEN, await addressOf(CLOSED, "listener"), 9000);
  expect(await heardBy(CLOSED)).not.toContain(token);
});

test("Redis in the private network accepts commands only from inside", async () => {
  const cache = await addressOf(CLOSED, "cache");
  const allowed = await send(CLOSED, cache, 6379, "SET ");
  const forbidden = await send(OPEN, cache, 6379, "SET ");
  expect(await run(CLOSED, ["redis-cli", "KEYS", "*"], "cache")).toBe(`${allowed}\n`);
  expect(forbidden).not.toBe(allowed);
});

test("the private network has no route out, and the open one has", async () => {
  const routes = (name: string) => inside(name, "cat /proc/net/route");
  expect(await routes(OPEN)).toMatch(/^\S+\t00000000\t/m);
  expect(await routes(CLOSED)).not.toMatch(/^\S+\t00000000\t/m);
});

test("the private network does not reach the host's other addresses, unlike the open network", async () => {
  const { port } = host.address() as { readonly port: number };
  const gateway = await gatewayOf(OPEN);
  const allowed = await send(OPEN, gateway, port);
  const forbidden = await send(CLOSED, gateway, port);
  expect(heardOnHost).toContain(allowed);
  expect(heardOnHost).not.toContain(forbidden);
});

/** Sends a new token from the container of the sandbox's listener, without waiting for an answer. */
async function send(name: string, address: string, port: number, command = ""): Promise<string> {
  const token = randomUUID();
  const program = [
    "import socket, sys",
    "try:",
    `  connection = socket.create_connection(("${address}", ${port}), 2)`,
    `  connection.sendall(b"${command}${token} 1\\r\\n")`,
    "  connection.close()",
    "except OSError as error:",
    "  print(error)",
  ].join("\n");
  await run(name, ["python", "-c", program]);
  return token;
}

function inside(name: string, command: string): Promise<string> {
  return run(name, ["sh", "-c", command]);
}

async function run(name: string, command: readonly string[], service = "listener"): Promise<string> {
  const words = ["compose", "--project-name", name, "exec", "--no-TTY", service, ...command];
  const { stdout } = await runCommand("docker", words, { cwd: project.folder, env: environment });
  return stdout;
}

async function heardBy(name: string): Promise<string> {
  const { stdout } = await runCommand("docker", ["compose", "--project-name", name, "logs", "listener"], {
    cwd: project.folder,
    env: environment,
  });
  return stdout;
}

async function addressOf(name: string, service: string): Promise<string> {
  const { NetworkSettings } = await docker.getContainer(`${name}-${service}-1`).inspect();
  return Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
}

async function gatewayOf(name: string): Promise<string> {
  const { NetworkSettings } = await docker.getContainer(`${name}-listener-1`).inspect();
  return Object.values(NetworkSettings.Networks)[0]?.Gateway ?? "";
}

async function compose(file: string, name: string, words: readonly string[]): Promise<void> {
  const all = ["compose", "--file", `compose/${file}.yaml`, "--project-name", name, ...words];
  const { exitCode, stderr } = await runCommand("docker", all, { cwd: project.folder, env: environment });
  if (exitCode !== 0) throw new Error(stderr);
}
