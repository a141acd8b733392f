import { expect, test } from "@jest/globals";
import { postgres, redis } from "../../../src/catalog/index.ts";
import {
  joinVariables,
  type ReachableService,
  reachableServices,
  requireReachable,
} from "../../../src/cli/stack/reachable-services.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";
import { secret } from "../../../src/model/text.ts";
import { existingContainer, factsOf, labelsOf } from "../../docker/facts-of.ts";

const US = "example/dev/abc123";

const snake = sandbox("snake", {
  services: {
    cache: redis({ publish: true }),
    db: postgres({ publish: true, password: secret("db-password") }),
    web: { image: "web", ports: [8080, 9090], publish: true },
    hidden: redis({ alias: "another" }),
  },
});

function container(part: string, port: number, host: number, others: object = {}, owner = US) {
  const labels = labelsOf(owner, "service", part, { [LABEL.sandbox]: "snake" });
  return existingContainer(part, labels, { publishedPorts: [{ container: port, host }], ...others });
}

test("a published service has the variables of its catalog entry, with a loopback address", () => {
  const facts = factsOf({ containers: [container("cache", 6379, 32_000)] });
  expect(reachableServices([snake], facts, US)).toEqual([
    {
      sandbox: "snake",
      service: "cache",
      port: 32_000,
      variables: {
        REDIS_HOST: "127.0.0.1",
        REDIS_PORT: "32000",
        REDIS_DB: "0",
        REDIS_URL: "redis://127.0.0.1:32000/0",
      },
    },
  ]);
});

test("a raw image has variables for host and first port; a secret stays a name", () => {
  const facts = factsOf({ containers: [container("web", 8080, 1), container("db", 5432, 2)] });
  const [db, web] = reachableServices([snake], facts, US);
  expect(web?.variables).toEqual({ WEB_HOST: "127.0.0.1", WEB_PORT: "1" });
  expect(db?.variables).toMatchObject({
    PGHOST: "127.0.0.1",
    PGPORT: "2",
    PGPASSWORD: { secret: "db-password" },
  });
});

test("services of other owners, stopped and unpublished services are left out", () => {
  const containers = [
    container("cache", 6379, 1, {}, "somebody/else"),
    container("db", 5432, 2, { running: false }),
    container("web", 9090, 3),
    container("hidden", 6379, 4, { publishedPorts: [] }),
  ];
  expect(reachableServices([snake], factsOf({ containers }), US)).toEqual([]);
});

test("an ambiguous variable is prefixed with its service, then also with its sandbox", () => {
  const service = (sandboxName: string, key: string): ReachableService => ({
    sandbox: sandboxName,
    service: key,
    port: 1,
    variables: { URL: `${sandboxName}/${key}`, [`ONLY_${sandboxName}_${key}`]: "x" },
  });
  expect(joinVariables([service("one", "a-b"), service("one", "c")])).toEqual({
    A_B_URL: "one/a-b",
    C_URL: "one/c",
    "ONLY_one_a-b": "x",
    ONLY_one_c: "x",
  });
  expect(joinVariables([service("one", "a"), service("two", "a"), service("two", "b")])).toMatchObject({
    ONE_A_URL: "one/a",
    TWO_A_URL: "two/a",
    B_URL: "two/b",
  });
});

test("services on another machine's engine are refused with the command for a tunnel", () => {
  const service = (port: number): ReachableService => ({ sandbox: "s", service: "c", port, variables: {} });
  const reach = (host: string) => () =>
    requireReachable({ host, origin: "DOCKER_HOST", isChosen: true }, [service(32_768), service(32_769)]);
  for (const host of ["unix:///var/run/docker.sock", "tcp://127.0.0.1:2375", "tcp://localhost:2376"])
    expect(reach(host)).not.toThrow();
  expect(reach("tcp://engine.example.com:2376")).toThrow(ConfigurationError);
  expect(reach("tcp://engine.example.com:2376")).toThrow(
    /^DOCKER_HOST: the engine runs on engine\.example\.com and .* add --from-engine-host:\n/,
  );
  expect(reach("tcp://engine.example.com:2376")).toThrow(
    /:\n {2}ssh -N -L 32768:127\.0\.0\.1:32768 -L 32769:127\.0\.0\.1:32769 engine\.example\.com$/,
  );
  expect(reach("ssh://me@engine.example.com")).toThrow(/ me@engine\.example\.com$/);
});
