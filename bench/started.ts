import { Agent, type IncomingMessage, request } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { redis } from "../src/catalog/redis.ts";
import { engineHost } from "../src/docker/engine-host.ts";
import { socketPath } from "../src/docker/host.ts";
import { sandbox } from "../src/model/declaration/sandbox.ts";
import { start } from "../src/start/start.ts";
import { inTurn, type Round } from "./rounds.ts";

/** The steps from nothing to a ready Redis, and back. */
type Step = "ready" | "removed";

/**
 * Times a Redis on a network of its own, with a published port, in this process: `start` and `remove`, and
 * the requests to the engine that nobody can do without, over one kept connection each.
 */
export function startedSandboxes(rounds: number): Promise<readonly Round<"nestbox" | "raw", Step>[]> {
  const declared = sandbox("one", { services: { cache: redis({ publish: true }) } });
  let started: Awaited<ReturnType<typeof start>> | undefined;
  let raw: RawRedis | undefined;
  return inTurn<"nestbox" | "raw", Step>(rounds, {
    nestbox: {
      ready: async () => {
        started = await start(declared);
      },
      removed: async () => started?.remove(),
    },
    raw: {
      ready: async () => {
        raw = await startRaw();
      },
      removed: async () => raw && removeRaw(raw),
    },
  });
}

interface RawRedis {
  readonly network: string;
  readonly container: string;
}

/** As a careful program would: what can go side by side does. */
async function startRaw(): Promise<RawRedis> {
  const network = `nestbox-bench-raw-${process.pid}`;
  const [, created] = await Promise.all([
    ask("POST", "/networks/create", { Name: network, Driver: "bridge" }),
    ask("POST", "/containers/create", {
      Image: "redis:7-alpine",
      ExposedPorts: { "6379/tcp": {} },
      Labels: { "nestbox.bench": "raw" },
      Healthcheck: {
        Test: ["CMD", "redis-cli", "ping"],
        ...{ Interval: 120e9, Timeout: 3e9, Retries: 3, StartPeriod: 30e9, StartInterval: 50e6 },
      },
      HostConfig: { PortBindings: { "6379/tcp": [{ HostIp: "127.0.0.1" }] }, NetworkMode: network },
      NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: ["cache"] } } },
    }),
  ]);
  const { Id: container } = JSON.parse(created);
  const healthy = whenHealthy(container);
  await ask("POST", `/containers/${container}/start`);
  await healthy;
  // The published port.
  await ask("GET", `/containers/${container}/json`);
  return { network, container };
}

async function removeRaw({ network, container }: RawRedis): Promise<void> {
  await ask("DELETE", `/containers/${container}?force=1&v=1`);
  await ask("DELETE", `/networks/${network}`);
}

const agent = new Agent({ keepAlive: true });

function send(method: string, path: string, body?: object) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const socket = socketPath(engineHost(process.env));
    const call = request({ socketPath: socket, agent, method, path }, resolve).on("error", reject);
    if (body !== undefined) call.setHeader("Content-Type", "application/json").write(JSON.stringify(body));
    call.end();
  });
}

async function ask(method: string, path: string, body?: object): Promise<string> {
  const answer = await send(method, path, body);
  const answered = await text(answer);
  if ((answer.statusCode ?? 500) >= 400) throw new Error(`${method} ${path}: ${answered}`);
  return answered;
}

async function whenHealthy(container: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ container: [container], event: ["health_status"] }));
  const events = await send("GET", `/events?since=1&filters=${filters}`);
  try {
    for await (const line of createInterface({ input: events })) if (line.includes(": healthy")) return;
  } finally {
    events.destroy();
  }
}
