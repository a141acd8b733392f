import { connect as connectSocket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type Docker from "dockerode";
import { dind } from "../src/catalog/dind.ts";
import { redis } from "../src/catalog/redis.ts";
import { lowerService } from "../src/docker/lowering/lower-service.ts";
import type { DockerPlacement } from "../src/docker/lowering/placement.ts";
import { placeNetworkFrom } from "../src/machine/place-network-from.ts";
import { sandbox } from "../src/model/declaration/sandbox.ts";
import type { Service } from "../src/model/declaration/service.ts";
import { plan } from "../src/model/plan/plan-sandbox.ts";
import { connect } from "./connect.ts";
import type { Pair } from "./rounds.ts";

/** The readiness of a Redis. */
export function redisReadiness(): Promise<Pair> {
  return readiness(redis(), "PING\r\n", "+PONG");
}

/** The readiness of a Docker daemon in a container. */
export function dindReadiness(tls: boolean): Promise<Pair> {
  return readiness(dind({ tls }), "GET /info HTTP/1.0\r\n\r\n", tls ? "HTTP/1.0 400" : "HTTP/1.0 200");
}

/**
 * The readiness of a service, in milliseconds since its container's start: by its probe, and by a client that
 * polls continuously.
 */
async function readiness(service: Service, question: string, answer: string): Promise<Pair> {
  const docker = await connect();
  const { Image, Cmd, Env, Healthcheck, HostConfig } = containerOf(service);
  const container = await docker.createContainer({
    Image,
    ...(Cmd && { Cmd }),
    Env,
    Labels: { "nestbox.bench": "readiness" },
    Healthcheck,
    HostConfig: { Privileged: HostConfig.Privileged ?? false },
  } as unknown as Docker.ContainerCreateOptions);
  try {
    const healthy = whenHealthy(docker, container.id);
    await healthy.listening;
    await container.start();
    const { State, NetworkSettings } = await container.inspect();
    const started = Date.parse(State.StartedAt);
    const host = NetworkSettings.Networks.bridge?.IPAddress ?? "";
    const client = await whenAnswered(host, service.ports?.[0] ?? 0, question, answer);
    return [(await healthy.at) - started, client - started];
  } finally {
    await container.remove({ force: true, v: true });
  }
}

/** The container of a service on this machine's engine, in a sandbox of its own. */
function containerOf(declared: Service) {
  const planned = plan(sandbox("bench", { services: { declared } }));
  const [service] = planned.services;
  if (!service) throw new Error("a sandbox of one service has one service");
  const placement: DockerPlacement = {
    ...{ owner: "bench", project: "bench", stack: "bench", component: "bench", created: "" },
    ...{ timeToLive: "never", subnets: {}, privilegedImages: [], network: placeNetworkFrom(process.env) },
  };
  return lowerService(planned, service, placement).body;
}

function whenHealthy(docker: Docker, id: string) {
  const listening = docker.getEvents({ filters: { container: [id], event: ["health_status"] } });
  const at = listening.then(async (stream) => {
    for await (const chunk of stream) {
      const event = JSON.parse(String(chunk)) as { readonly status: string; readonly timeNano: number };
      if (event.status === "health_status: healthy") return event.timeNano / 1e6;
    }
    throw new Error("the container never became healthy");
  });
  return { listening, at };
}

/** The time of the first expected answer from a port. Polls without a pause. */
async function whenAnswered(host: string, port: number, question: string, answer: string): Promise<number> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if ((await ask(host, port, question)).startsWith(answer)) return Date.now();
    await pause(2);
  }
  throw new Error(`${host}:${port} never answered ${answer}`);
}

function ask(host: string, port: number, question: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectSocket({ host, port, timeout: 1000 }, () => socket.write(question));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    for (const event of ["error", "close", "timeout"]) socket.once(event, () => resolve(""));
  });
}
