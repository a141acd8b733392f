import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, get, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type Docker from "dockerode";
import { parse } from "smol-toml";
import { connect } from "../../../bench/connect.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { inspectRunnerHost } from "../../../src/gitlab/runner/runner-host.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";
import { eventually } from "../../eventually.ts";
import { freePort } from "../../free-port.ts";
import { inContainer, type RunnerProject, runnerProject, succeeded } from "./runner-project.ts";

const DIND: Runner = { name: "dind", tags: ["dind"], privilegedServices: ["docker:dind"] };
const PLAIN: Runner = { name: "plain", tags: ["docker"] };

describe("on a real engine", () => {
  const label = `nestbox.test=${randomBytes(4).toString("hex")}`;
  let port: number;
  let docker: Docker;
  let bridge: string;
  let project: RunnerProject;
  let upstream: CountingProxy;

  beforeAll(async () => {
    port = await freePort();
    docker = await connect();
    bridge = (await inspectRunnerHost(engineHost(process.env))).bridgeAddress ?? "";
    upstream = await countingProxy(bridge, await registryWith(docker, "alpine:3.19", label));
    project = await runnerProject();
  });

  afterAll(async () => {
    await project?.remove();
    await upstream?.close();
    await removeLabelled(docker, label);
  });

  const args = (metricsPort?: number) => ({
    image: project.image,
    scope: { project: 7 },
    drain: "10s" as const,
    runners: [PLAIN, DIND],
    mirror: { upstream: upstream.url, port },
    ...(metricsPort && { metricsPort }),
  });

  beforeEach(() => project.bringUp(args()));

  test("jobs' Docker daemons pull through it; upstream sends an image's bytes once", async () => {
    const { container, registryMirror } = project.outputs();
    expect(registryMirror).toBe(`http://${bridge}:${port}`);
    const config = parse(await inContainer(container, "cat", "/etc/gitlab-runner/config.toml")) as {
      runners: { docker: { volumes: string[] } }[];
    };
    const volumes = config.runners.map((section) => section.docker.volumes);
    expect(volumes[0]).toEqual(["/cache"]);
    expect(volumes[1]).toHaveLength(2);
    const binds = volumes[1]?.filter((volume) => volume.includes(":")) ?? [];

    await pullNested(docker, binds, label);
    const first = upstream.bytes();
    expect(first).toBeGreaterThan(1_000_000);
    await pullNested(docker, binds, label);
    expect(upstream.bytes() - first).toBe(0);

    // Another container of the runner leaves the mirror, and what it keeps, alone.
    const [mirror] = await mirrorsOf(docker, project);
    succeeded(await project.up(args(await freePort())));
    expect(project.outputs().container).not.toBe(container);
    expect((await mirrorsOf(docker, project))[0]?.Id).toBe(mirror?.Id);
    await pullNested(docker, binds, label);
    expect(upstream.bytes() - first).toBe(0);
  });

  test("it listens on the bridge's address alone, and takes no image from a job", async () => {
    const [mirror] = await mirrorsOf(docker, project);
    const { HostConfig } = await docker.getContainer(mirror?.Id ?? "").inspect();
    expect(HostConfig.PortBindings).toEqual({ "5000/tcp": [{ HostIp: bridge, HostPort: String(port) }] });
    await expect(statusOf("GET", "127.0.0.1", port, "/v2/")).rejects.toThrow("ECONNREFUSED");
    expect(await statusOf("GET", bridge, port, "/v2/")).toBe(200);
    expect(await statusOf("POST", bridge, port, "/v2/library/alpine/blobs/uploads/")).toBe(405);
  });
});

/** What a job's Docker daemon does with the binds that gitlab-runner would give it. */
async function pullNested(docker: Docker, binds: readonly string[], label: string): Promise<void> {
  const network = await docker.createNetwork({
    Name: `nestbox-test-${randomBytes(4).toString("hex")}`,
    Labels: labelsOf(label),
    Options: { "com.docker.network.driver.mtu": "1300" },
  });
  const daemon = await docker.createContainer({
    Image: "docker:dind",
    Cmd: ["--tls=false"],
    Env: ["DOCKER_TLS_CERTDIR="],
    Labels: labelsOf(label),
    HostConfig: { Privileged: true, Binds: [...binds], NetworkMode: network.id },
  });
  await daemon.start();
  const ready = "until docker -H unix:///var/run/docker.sock info >/dev/null 2>&1; do sleep 0.1; done";
  const pull = "docker -H unix:///var/run/docker.sock pull -q alpine:3.19 && echo pulled";
  const output = await inContainer(daemon.id, "sh", "-c", `${ready}; ${pull}`);
  await daemon.remove({ force: true, v: true });
  await network.remove();
  if (!output.includes("pulled")) throw new Error(output);
}

async function mirrorsOf(docker: Docker, { pulumi }: RunnerProject): Promise<Docker.ContainerInfo[]> {
  const all = await docker.listContainers({ filters: { label: ["nestbox.kind=registry-mirror"] } });
  return all.filter(({ Names }) => Names.some((name) => pulumi.stateText().includes(name.slice(1))));
}

/** Starts a registry that has one image, as Docker Hub would; returns its port on the loopback. */
async function registryWith(docker: Docker, image: string, label: string): Promise<number> {
  const registry = await docker.createContainer({
    Image: "registry:3",
    Labels: labelsOf(label),
    HostConfig: { PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] } },
  });
  await registry.start();
  const { NetworkSettings } = await registry.inspect();
  const port = Number(NetworkSettings.Ports["5000/tcp"]?.[0]?.HostPort);
  await eventually(async () => expect(await statusOf("GET", "127.0.0.1", port, "/v2/")).toBe(200), {
    within: "1m",
  });
  const [name = "", tag = ""] = image.split(":");
  const repo = `127.0.0.1:${port}/library/${name}`;
  await docker.getImage(image).tag({ repo, tag });
  const pushed = docker.getImage(`${repo}:${tag}`);
  const progress = await pushed.push({ tag, authconfig: { username: "", password: "", serveraddress: "" } });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => (error ? reject(error) : resolve()));
  });
  await pushed.remove();
  return port;
}

interface CountingProxy {
  readonly url: string;
  /** Of images: what it answered with to questions for their manifests and blobs. */
  bytes(): number;
  close(): Promise<void>;
}

/** Stands between a mirror and its upstream, and counts. */
async function countingProxy(address: string, upstreamPort: number): Promise<CountingProxy> {
  let bytes = 0;
  const server: Server = createServer((request, response) => {
    const { method = "GET", url = "/", headers } = request;
    const asked = httpRequest(
      { host: "127.0.0.1", port: upstreamPort, method, path: url, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on("data", (part: Buffer) => {
          // Besides, a mirror asks for `{}` at /v2/ to see how it has to log in.
          if (/\/(blobs|manifests)\//.test(url)) bytes += part.length;
        });
        answer.pipe(response);
      },
    );
    request.pipe(asked);
  });
  server.listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    bytes: () => bytes,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function statusOf(method: string, host: string, port: number, path: string): Promise<number> {
  const request = get({ method, host, port, path, agent: false });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  answer.resume();
  return answer.statusCode ?? 0;
}

function labelsOf(label: string): Record<string, string> {
  const [name = "", value = ""] = label.split("=");
  return { [name]: value };
}

async function removeLabelled(docker: Docker, label: string): Promise<void> {
  const filters = { label: [label] };
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(Id).remove({ force: true, v: true });
  }
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
}
