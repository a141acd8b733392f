import { createServer, type Server } from "node:net";
import { expect, test } from "@jest/globals";
import {
  howToReach,
  lastingAdvice,
  publishedAddresses,
  reachableAddresses,
  requireAnswers,
  requireReachable,
} from "../../../src/docker/place/published-addresses.ts";
import type { PortAccess } from "../../../src/docker/port-access.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";
import { freePort } from "../../free-port.ts";
import { existingContainer, factsOf, labelsOf, publishedPort } from "../facts-of.ts";

const SNAKE = plan(
  sandbox("snake", {
    services: { cache: { image: "redis:7-alpine", ports: [6379], udpPorts: [6379], publish: true } },
  }),
);

const HERE: PortAccess = { address: "127.0.0.1", host: "127.0.0.1", because: "the engine is here" };
const INSIDE: PortAccess = { address: "172.17.0.1", host: "172.17.0.1", because: "of the gateway" };
const NESTED: PortAccess = { address: "10.0.0.2", host: "docker", because: "of the neighbour" };
const AWAY: PortAccess = { address: "127.0.0.1", because: "the engine runs on engine.example.com" };

const at =
  (address: string, port = 32_768) =>
  () => ({ host: address, port });

test("a published TCP port is found, not the UDP port of the same number", () => {
  const labels = labelsOf("us", "service", "cache");
  const container = existingContainer("c", labels, {
    publishedPorts: [
      { ...publishedPort(6379, 40_000), protocol: "udp" },
      publishedPort(6379, 32_768, "172.17.0.1"),
    ],
  });
  const addressOf = publishedAddresses(factsOf({ containers: [container] }), {
    owner: "us",
    component: "snake",
  });
  expect(addressOf("cache", 6379)).toEqual({ host: "172.17.0.1", port: 32_768 });
  expect(addressOf("cache", 1)).toBeUndefined();
});

test.each<[PortAccess, string, string | undefined]>([
  [HERE, "127.0.0.1", "127.0.0.1"],
  [HERE, "0.0.0.0", "127.0.0.1"],
  // A sandbox that was started from a container, seen from the machine of the engine.
  [HERE, "172.17.0.1", "172.17.0.1"],
  [INSIDE, "172.17.0.1", "172.17.0.1"],
  [INSIDE, "0.0.0.0", "172.17.0.1"],
  // One that was started on the machine of the engine, seen from a container.
  [INSIDE, "127.0.0.1", undefined],
  [NESTED, "10.0.0.2", "docker"],
  [AWAY, "127.0.0.1", undefined],
  [AWAY, "172.17.0.1", undefined],
])("by %j, a port that is bound to %s is reached at %s", (access, bound, host) => {
  const published = at(bound);
  const expected = host === undefined ? undefined : { host, port: 32_768 };
  expect(reachableAddresses(access, published)("cache", 6379)).toEqual(expected);
  const require = () => requireReachable(access, SNAKE, published, "set X");
  if (host !== undefined) require();
  else {
    expect(require).toThrow(ConfigurationError);
    expect(require).toThrow(`port 6379 is published on ${bound} of the engine's machine`);
  }
});

test("an unreachable service is refused with the reason and a remedy", () => {
  const require = (access: PortAccess) => () => requireReachable(access, SNAKE, at("127.0.0.1"), "set X");
  expect(require(INSIDE)).toThrow(
    "snake.services.cache: port 6379 is published on 127.0.0.1 of the engine's machine, which this process " +
      "does not reach: of the gateway; use one of this process: nestbox run --fresh",
  );
  expect(require(AWAY)).toThrow(/: the engine runs on engine\.example\.com; set X$/);
});

test("an engine on another machine may be named as one by ssh", () => {
  const how = (host: string) => howToReach({ host, origin: "DOCKER_HOST", isChosen: true });
  expect(how("tcp://engine.example.com:2376")).toMatch(/^name the engine as ssh:.*, or set NESTBOX_PUBL/);
  expect(how("unix:///run/docker.sock")).toMatch(/^set NESTBOX_PUBLISHED_HOST to an address of the engine/);
});

test("for ports that stay, the advice is the command for a tunnel", () => {
  const advice = (host: string) =>
    lastingAdvice({ host, origin: "DOCKER_HOST", isChosen: true }, SNAKE, at("127.0.0.1"));
  expect(advice("unix:///var/run/docker.sock")).toMatch(/^set NESTBOX_PUBLISHED_HOST/);
  expect(advice("tcp://engine.example.com:2376")).toMatch(
    /add --from-engine-host:\n {2}ssh -N -L 32768:127\.0\.0\.1:32768 engine\.example\.com$/,
  );
  expect(advice("ssh://me@engine.example.com")).toMatch(/ me@engine\.example\.com$/);
  expect(advice("ssh://me@engine.example.com:2222")).toMatch(/ -p 2222 me@engine\.example\.com$/);
});

function listening(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end());
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

test("a port is dialled until it answers", async () => {
  const port = await freePort();
  const dialled = requireAnswers(HERE, SNAKE, at("127.0.0.1", port));
  const server = await listening(port);
  await dialled;
  server.close();
});

test("a port that does not answer is an error with the address and what to set", async () => {
  const port = await freePort();
  await expect(requireAnswers(HERE, SNAKE, at("127.0.0.1", port))).rejects.toThrow(
    `snake.services.cache: nothing answers at 127.0.0.1:${port} (ECONNREFUSED), where its port 6379 is ` +
      "published: the engine is here; set NESTBOX_PUBLISHED_HOST to the host by which this process reaches",
  );
});
