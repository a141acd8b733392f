import { expect, test } from "@jest/globals";
import fc from "fast-check";
import sandboxes from "../../../sandboxes/index.ts";
import { dind } from "../../../src/catalog/dind.ts";
import { postgres } from "../../../src/catalog/postgres.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../../../src/model/declaration/service.ts";
import type { Plan, PlannedJob, PlannedService } from "../../../src/model/plan/plan.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { secret } from "../../../src/model/text.ts";
import { ANY_CHARACTER } from "../../any-character.ts";

/** A declaration with all properties. */
const rich = sandbox("rich", {
  networks: { back: { internal: true }, front: {} },
  volumes: ["data"],
  services: {
    web: {
      image: "example/web:1",
      networks: ["back", "front"],
      ports: [8080, 9090],
      publish: { 8080: 18080 },
      env: ({ db, docker }) => ({ ...docker.variables, DATABASE_URL: db.url }),
      after: { migration: "completed", db: "ready" },
      files: { "/etc/web.conf": { path: "web.conf" }, "/etc/token": { content: secret("web-token") } },
      extraHosts: { "api.example.com": "192.0.2.7" },
      limits: { memory: "256MiB", cpus: 1.5 },
      tmpfs: { "/tmp": "64MiB" },
      user: "1000",
      entrypoint: ["/web"],
      command: ["serve"],
      stop: { signal: "SIGINT", grace: "3s" },
    },
    migration: {
      image: "example/web:1",
      networks: ["back"],
      runsOnce: true,
      ports: [1],
      after: { db: "ready" },
    },
    db: postgres({
      password: secret("db-password"),
      networks: ["back"],
      volumes: { "/var/lib/postgresql/data": "data" },
    }),
    docker: dind({ networks: ["front", "back"] }),
    slow: { image: "example/slow:1", networks: ["back"], profiles: ["slow"] },
  },
  jobs: {
    tests: {
      image: "python:3.10",
      networks: ["back", "front"],
      files: "examples/snake",
      env: ({ docker, web }) => ({ ...docker.variables, WEB: web.host }),
      before: ["pip install"],
      script: ["pytest"],
      cleanup: ["true"],
      timeout: "10m",
    },
    "slow-tests": {
      image: "python:3.10",
      networks: ["back"],
      profiles: ["slow"],
      env: ({ slow }) => ({ SLOW: slow.host, TOKEN: secret("slow-token") }),
      script: ["pytest --slow"],
    },
  },
});

function service({ services }: Plan, key: string): PlannedService {
  const found = services.find((each) => each.key === key);
  if (!found) throw new Error(`no service ${key}`);
  return found;
}

function job({ jobs }: Plan, key: string): PlannedJob {
  const found = jobs.find((each) => each.key === key);
  if (!found) throw new Error(`no job ${key}`);
  return found;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

test.each([...sandboxes, rich])("the plan of $name is deterministic and plain data", (declared) => {
  const profiles = deepFreeze(["slow"]);
  const first = plan(deepFreeze(declared), { profiles });
  expect(plan(declared, { profiles })).toEqual(first);
  expect(JSON.parse(JSON.stringify(first))).toEqual(first);
});

test("services are in start order", () => {
  const keys = plan(rich).services.map(({ key }) => key);
  expect(keys).toEqual(["db", "docker", "migration", "web"]);
});

test("services without an active profile are absent, and jobs list their profiles", () => {
  expect(plan(rich).services.map(({ key }) => key)).not.toContain("slow");
  expect(plan(rich, { profiles: ["slow"] }).services.map(({ key }) => key)).toContain("slow");
  expect(job(plan(rich), "slow-tests").profiles).toEqual(["slow"]);
});

test("secrets appear by name, each once, and never by value", () => {
  expect(plan(rich).secrets).toEqual(["db-password", "web-token"]);
  expect(plan(rich, { profiles: ["slow"] }).secrets).toEqual(["db-password", "slow-token", "web-token"]);
});

test("a planned container has the declared properties", () => {
  expect(service(plan(rich), "web")).toMatchObject({
    image: "example/web:1",
    entrypoint: ["/web"],
    command: ["serve"],
    // A network with internet access comes first, since Docker takes the default route from it.
    networks: ["front", "back"],
    aliases: ["web"],
    files: [
      { target: "/etc/web.conf", source: { path: "web.conf" } },
      { target: "/etc/token", source: { content: { secret: "web-token" } } },
    ],
    tmpfs: { "/tmp": 67_108_864 },
    limits: { memoryBytes: 268_435_456, swapBytes: 0, cpus: 1.5 },
    init: false,
    privileged: false,
    extraHosts: { "api.example.com": "192.0.2.7" },
    user: "1000",
    ports: [8080, 9090],
    published: [{ container: 8080, host: 18080, address: "127.0.0.1" }],
    probe: { kind: "tcp", port: 8080 },
    after: { migration: "completed", db: "ready" },
    stop: { signal: "SIGINT", grace: "3s" },
  });
  expect(job(plan(rich), "tests")).toMatchObject({
    aliases: ["build"],
    networks: ["front", "back"],
    projectFiles: "examples/snake",
    workingFolder: "/workspace",
    workingFolderIsFree: true,
    init: true,
    before: ["pip install"],
    script: ["pytest"],
    cleanup: ["true"],
    timeout: "10m",
    privileged: false,
  });
});

test("published ports are free or fixed host ports", () => {
  const portsWith = (publish: ServiceDefinition["publish"]) =>
    plan(
      sandbox("a", {
        services: { web: { image: "a", ports: [80, 90], ...(publish !== undefined && { publish }) } },
      }),
    ).services[0]?.published;
  expect(portsWith(undefined)).toEqual([]);
  expect(portsWith(false)).toEqual([]);
  expect(portsWith(true)).toEqual([
    { container: 80, protocol: "tcp", address: "127.0.0.1" },
    { container: 90, protocol: "tcp", address: "127.0.0.1" },
  ]);
  expect(portsWith({ 90: 9090 })).toEqual([
    { container: 90, host: 9090, protocol: "tcp", address: "127.0.0.1" },
  ]);
});

test("a shared folder is writable in its service and read-only in referencing containers", () => {
  const planned = plan(rich);
  const mount = { volume: "docker-shared", target: "/certs/client", declared: false };
  expect(service(planned, "docker").mounts).toEqual([{ ...mount, readOnly: false }]);
  expect(service(planned, "web").mounts).toEqual([{ ...mount, readOnly: true }]);
  expect(job(planned, "tests").mounts).toEqual([{ ...mount, readOnly: true }]);
  expect(service(planned, "db").mounts).toEqual([
    { volume: "data", target: "/var/lib/postgresql/data", declared: true, readOnly: false },
  ]);
  expect(job(plan(rich, { profiles: ["slow"] }), "slow-tests").mounts).toEqual([]);
  expect(planned.volumes).toEqual([{ key: "data" }, { key: "docker-shared", sharedBy: "docker" }]);
});

test("a service that references itself mounts its shared folder once", () => {
  const declared = sandbox("a", {
    services: { certs: { image: "a", shares: ["/certs"], env: ({ certs }) => ({ SELF: certs.host }) } },
  });
  expect(service(plan(declared), "certs").mounts).toEqual([
    { volume: "certs-shared", target: "/certs", declared: false, readOnly: false },
  ]);
});

test("values of variables are unchanged in the plan", () => {
  fc.assert(
    fc.property(fc.string({ unit: ANY_CHARACTER }), (value) => {
      fc.pre(!value.includes("\0") && !value.includes("[object Object]"));
      const declared = sandbox("a", {
        services: { web: { image: "a", env: { A: value } } },
        jobs: { tests: { image: "a", env: { A: value }, script: ["x"] } },
      });
      const planned = plan(declared);
      expect(service(planned, "web").env).toEqual({ A: value });
      expect(job(planned, "tests").env).toEqual({ A: value });
    }),
    { examples: [['it\'s "quoted"\n$HOME $$ ${X} größe 😀']] },
  );
});

test("the capacity of a network counts containers of all profiles", () => {
  expect(plan(rich).networks).toEqual([
    { key: "back", internal: true, capacity: 7 },
    { key: "front", internal: false, capacity: 3 },
  ]);
});

test("all profiles activate every service", () => {
  const planned = plan(rich, { profiles: "all" });
  expect(planned.profiles).toEqual(["slow"]);
  expect(planned.services.map(({ key }) => key)).toEqual(["db", "docker", "slow", "migration", "web"]);
});

test("images are those of active services and all jobs, each once, without built ones", () => {
  const declared = sandbox("a", {
    services: { one: { image: "a" }, two: { image: "b", profiles: ["p"] } },
    jobs: {
      build: { image: "c", script: ["x"], variablesFile: "f" },
      verify: { image: "$IMAGE", needs: ["build"], script: ["x"] },
      other: { image: "a", script: ["x"], profiles: ["p"] },
    },
  });
  expect(plan(declared).images).toEqual(["a", "c"]);
});

test("client variables come from the catalog, with the address on the sandbox's networks", () => {
  expect(service(plan(rich), "db").clientVariables).toMatchObject({ PGHOST: "db", PGPORT: "5432" });
  expect(service(plan(rich), "web").clientVariables).toEqual({});
});
