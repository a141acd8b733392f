import { expect, test } from "@jest/globals";
import { dind } from "../../../src/catalog/dind.ts";
import { redis } from "../../../src/catalog/redis.ts";
import { connectionAt, connectionOf, referencesTo } from "../../../src/model/declaration/references.ts";

const SERVICES = {
  cache: redis({ alias: ["some-random-cache", "redis"] }),
  docker: dind(),
  worker: { image: "alpine:3.19" },
};

interface AnyReference {
  readonly [property: string]: string;
}

const inJob = () => referencesTo<Record<string, unknown>>("snake.jobs.tests.env", "snake", SERVICES);

test("a reference has the first alias, the first port and the connection of the catalog", () => {
  expect(connectionOf("cache", SERVICES.cache)).toMatchObject({
    host: "some-random-cache",
    port: "6379",
    database: "0",
    url: "redis://some-random-cache:6379/0",
  });
  expect(connectionOf("worker", SERVICES.worker)).toEqual({ host: "worker", port: "" });
});

test("a connection can use another address, such as a published port", () => {
  expect(connectionAt(SERVICES.cache, { host: "127.0.0.1", port: "32768" })).toMatchObject({
    host: "127.0.0.1",
    port: "32768",
    url: "redis://127.0.0.1:32768/0",
  });
});

test("the variables of a service add to those of its connection, rename them and leave some out", () => {
  const cache = redis({
    variables: ({ host, port, url, variables }) => ({
      HUEY_URL: url,
      ADDRESS: `${host}:${port}`,
      REDIS_DATABASE: variables.REDIS_DB,
      ...{ REDIS_DB: undefined, REDIS_URL: "own" },
    }),
  });
  expect(connectionAt(cache, { host: "127.0.0.1", port: "32768" }).variables).toEqual({
    REDIS_HOST: "127.0.0.1",
    REDIS_PORT: "32768",
    REDIS_URL: "own",
    HUEY_URL: "redis://127.0.0.1:32768/0",
    ADDRESS: "127.0.0.1:32768",
    REDIS_DATABASE: "0",
  });
  const web = { image: "web", ports: [80], variables: ({ host }: { host: string }) => ({ WEB: host }) };
  expect(connectionOf("web", web)).toEqual({ host: "web", port: "80", variables: { WEB: "web" } });
});

test("references are recorded once, in the order of their use", () => {
  const { services, used } = inJob();
  expect([...used]).toEqual([]);
  void services.docker;
  void services.cache?.host;
  void services.cache?.port;
  expect([...used]).toEqual(["docker", "cache"]);
});

test.each(["nope", "constructor", "toString"])(
  "an unknown service %j is refused with the known ones",
  (key) => {
    const { services } = inJob();
    expect(() => services[key]).toThrow(
      `snake.jobs.tests.env: no service "${key}" in sandbox "snake"; it has cache, docker, worker`,
    );
  },
);

test.each(["ulr", "constructor"])("an unknown property %j is refused with the known ones", (key) => {
  const { services } = inJob();
  expect(() => (services.cache as unknown as AnyReference)[key]).toThrow(
    `snake.jobs.tests.env: service "cache" has no "${key}"; it offers host, port, database, url, variables`,
  );
});

test("the port of a service without ports is refused with the remedy", () => {
  const { services } = inJob();
  expect(() => services.worker?.port).toThrow(
    'snake.jobs.tests.env: service "worker" has no "port"; add "ports" to the service, for example ' +
      "ports: [8080]",
  );
});

test("the variables of a raw image that declares none are refused with the remedy", () => {
  const { services } = inJob();
  expect(() => services.worker?.variables).toThrow(
    'snake.jobs.tests.env: service "worker" has no "variables"; ' +
      'add "variables" to the service, for example ' +
      "variables: ({ host, port }) => ({ API: `${host}:${port}` })",
  );
});
