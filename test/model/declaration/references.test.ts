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
