import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { connect } from "../../bench/connect.ts";
import { eventually } from "../eventually.ts";
import { projectImage } from "./project-image.ts";

const name = `nestbox-test-${randomBytes(4).toString("hex")}`;
const label = { "nestbox.test": name };

let docker: Docker;
let image: string;

/** A Docker engine with TLS, on a network with the alias docker. */
beforeAll(async () => {
  docker = await connect();
  image = await projectImage();
  await docker.createNetwork({ Name: name, Labels: label });
  await docker.createVolume({ Name: name, Labels: label });
  const engine = await docker.createContainer({
    Image: "docker:dind",
    name,
    Labels: label,
    Env: ["DOCKER_TLS_CERTDIR=/certs"],
    Healthcheck: {
      Test: ["CMD", "docker", "--host", "unix:///var/run/docker.sock", "info"],
      StartPeriod: 60e9,
      StartInterval: 200e6,
      // Once it is ready: each check takes a tenth of a second of a processor.
      Interval: 120e9,
    },
    HostConfig: { Privileged: true, NetworkMode: name, Mounts: [certificates("/certs")] },
    NetworkingConfig: { EndpointsConfig: { [name]: { Aliases: ["docker"] } } },
  });
  await engine.start();
  await eventually(async () => expect((await engine.inspect()).State.Health?.Status).not.toBe("starting"), {
    within: "2m",
  });
}, 600_000);

afterAll(async () => {
  const filters = { label: [`nestbox.test=${name}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker.getContainer(Id).remove({ force: true, v: true });
  await docker.getNetwork(name).remove();
  await docker.getVolume(name).remove();
});

function certificates(Target: string) {
  return { Type: "volume" as const, Source: name, Target };
}

/** Runs the image's nestbox command outside a project, with the TLS engine. */
async function nestbox(
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const container = await docker.createContainer({
    Image: image,
    Labels: label,
    WorkingDir: "/tmp",
    Cmd: ["nestbox", "--project", "/nestbox", ...words],
    Env: Object.entries({ DOCKER_HOST: "tcp://docker:2376", ...variables }).map((one) => one.join("=")),
    HostConfig: { NetworkMode: name, Mounts: [certificates("/variables")] },
    Tty: true,
  });
  await container.start();
  const { StatusCode } = (await container.wait()) as { readonly StatusCode: number };
  const output = await container.logs({ stdout: true, stderr: true, follow: true });
  return { exitCode: StatusCode, output: await text(output) };
}

/** Variables of GitLab's type file: each is a path. */
const FILES = {
  NESTBOX_DOCKER_CA: "/variables/client/ca.pem",
  NESTBOX_DOCKER_CERT: "/variables/client/cert.pem",
  NESTBOX_DOCKER_KEY: "/variables/client/key.pem",
};

test("an engine with TLS is reachable with certificates in three file variables", async () => {
  const { exitCode, output } = await nestbox(["ls", "--json"], FILES);
  expect(exitCode).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ sandboxes: [] });
});

test("an engine with TLS is unreachable without certificates", async () => {
  const { exitCode, output } = await nestbox(["ls", "--json"], {});
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/the engine at tcp:\/\/docker:2376 needs TLS; set DOCKER_TLS_VERIFY=1/);
});

test("a key without certificates is an error", async () => {
  const { NESTBOX_DOCKER_KEY } = FILES;
  const { exitCode, output } = await nestbox(["ls"], { NESTBOX_DOCKER_KEY });
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/NESTBOX_DOCKER_CA: is not set, though NESTBOX_DOCKER_KEY is; set all three/);
});

/**
 * Runs a shell command in a folder that has what a job of another branch has left there: code that says so
 * when it runs.
 */
function inStaleCheckout(command: string, variables: Readonly<Record<string, string>> = {}) {
  const leave =
    "mkdir -p src/cli node_modules && echo name: stale > Pulumi.yaml && " +
    "echo 'console.log(\"stale\")' > src/cli/main.mjs";
  return inJobFolder(`${leave} && ${command}`, variables);
}

/** Runs a shell command in an empty folder, without a network. */
async function inJobFolder(
  command: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const container = await docker.createContainer({
    Image: image,
    Labels: label,
    WorkingDir: "/builds/project",
    Cmd: ["sh", "-c", command],
    Env: Object.entries(variables).map((one) => one.join("=")),
    HostConfig: { NetworkMode: "none" },
    Tty: true,
  });
  await container.start();
  const { StatusCode } = (await container.wait()) as { readonly StatusCode: number };
  const output = await container.logs({ stdout: true, stderr: true, follow: true });
  return { exitCode: StatusCode, output: await text(output) };
}

test.each(["nestbox --help", "nestbox --stack x pulumi -C elsewhere"])(
  "%s runs the code of its checkout",
  async (command) => {
    expect(await inStaleCheckout(command)).toEqual({ exitCode: 0, output: "stale\r\n" });
  },
);

test("a checkout with the image's packages runs its own stand-ins", async () => {
  const checkOut =
    "cd /nestbox && cp -r airgap src Pulumi.yaml package.json package-lock.json /builds/project";
  const look = "nestbox engine stop && realpath node_modules/nestbox-airgap node_modules/yaml";
  expect(await inJobFolder(`${checkOut} && cd /builds/project && ${look}`)).toEqual({
    exitCode: 0,
    output:
      "no engine started by nestbox is running\r\n/builds/project/airgap\r\n/nestbox/node_modules/yaml\r\n",
  });
});

test.each(["none", "empty"])(
  "with GIT_STRATEGY=%s none of the code is run that another job has left",
  async (strategy) => {
    const { exitCode, output } = await inStaleCheckout("nestbox --help", { GIT_STRATEGY: strategy });
    expect(output).toMatch(/^Usage: nestbox/);
    expect(exitCode).toBe(0);
  },
);

test.each(["--project /nestbox", "--project=/nestbox", "-C /nestbox", "--stack x -C/nestbox"])(
  "with %s code of another job does not run",
  async (options) => {
    const { exitCode, output } = await inStaleCheckout(`nestbox ${options} --help`);
    expect(output).toMatch(/^Usage: nestbox/);
    expect(exitCode).toBe(0);
  },
);
