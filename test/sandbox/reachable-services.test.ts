import { expect, test } from "@jest/globals";
import { postgres, redis } from "../../src/catalog/index.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { secret } from "../../src/model/text.ts";
import {
  joinVariables,
  type ReachableService,
  reachableServices,
} from "../../src/sandbox/reachable-services.ts";
import type { AddressOf } from "../../src/sandbox/running-sandbox.ts";

const snake = sandbox("snake", {
  services: {
    cache: redis({ publish: true }),
    db: postgres({ publish: true, password: secret("db-password") }),
    web: { image: "web", ports: [8080, 9090], publish: true },
    hidden: redis({ alias: "another" }),
  },
});

/** Addresses of ports on this machine, by service and port. */
function addresses(ports: Readonly<Record<string, number>>): AddressOf {
  return (service, port) => {
    const found = ports[`${service}:${port}`];
    return found === undefined ? undefined : { host: "127.0.0.1", port: found };
  };
}

test("a published service has the variables of its catalog entry, with a loopback address", () => {
  expect(reachableServices(snake, addresses({ "cache:6379": 32_000 }))).toEqual([
    {
      sandbox: "snake",
      service: "cache",
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
  const [db, web] = reachableServices(snake, addresses({ "web:8080": 1, "db:5432": 2 }));
  expect(web?.variables).toEqual({ WEB_HOST: "127.0.0.1", WEB_PORT: "1" });
  expect(db?.variables).toMatchObject({
    PGHOST: "127.0.0.1",
    PGPORT: "2",
    PGPASSWORD: { secret: "db-password" },
  });
});

test("the variables that a service declares replace those of a raw image, at the address", () => {
  const variables = ({ host, port }: { readonly host: string; readonly port: string }) => ({
    API: `http://${host}:${port}`,
  });
  const shop = sandbox("shop", { services: { web: { image: "web", ports: [8080], variables } } });
  const [web] = reachableServices(shop, addresses({ "web:8080": 1 }));
  expect(web?.variables).toEqual({ API: "http://127.0.0.1:1" });
});

test("services whose first port has no address are left out", () => {
  expect(reachableServices(snake, addresses({ "web:9090": 3 }))).toEqual([]);
});

test("an ambiguous variable is prefixed with its service, then also with its sandbox", () => {
  const service = (sandboxName: string, key: string): ReachableService => ({
    sandbox: sandboxName,
    service: key,
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
