import { expect, test } from "@jest/globals";
import fc from "fast-check";
import sandboxes from "../../sandboxes/index.ts";
import { dind } from "../../src/catalog/dind.ts";
import { postgres } from "../../src/catalog/postgres.ts";
import { redis } from "../../src/catalog/redis.ts";
import { LABEL } from "../../src/model/labels.ts";
import type { Plan, PlannedJob, PlannedService } from "../../src/model/plan.ts";
import { imageMatches } from "../../src/model/privilege.ts";
import { tcp } from "../../src/model/probe.ts";
import { DeclarationError } from "../../src/model/problem.ts";
import { networkSubnetKey, resolve, subnetRequests } from "../../src/model/resolve.ts";
import { type Sandbox, sandbox } from "../../src/model/sandbox.ts";
import type { ServiceDefinition } from "../../src/model/service.ts";
import type { Surroundings } from "../../src/model/surroundings.ts";
import { secret } from "../../src/model/text.ts";
import { planOf, surroundingsOf } from "./plan-of.ts";

/** One of everything that a declaration can say. */
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

function service(plan: Plan, key: string): PlannedService {
  const found = plan.services.find((each) => each.key === key);
  if (!found) throw new Error(`no service ${key}`);
  return found;
}

function job(plan: Plan, key: string): PlannedJob {
  const found = plan.jobs.find((each) => each.key === key);
  if (!found) throw new Error(`no job ${key}`);
  return found;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

test.each([...sandboxes, rich])(
  "the plan of $name is a pure function's result and plain data",
  (declared) => {
    const surroundings = deepFreeze(
      surroundingsOf(declared, { profiles: ["slow"], mtu: 1400, certificates: "/ca.pem" }),
    );
    const plan = resolve(deepFreeze(declared), surroundings);
    expect(resolve(declared, surroundings)).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  },
);

test("every object carries the labels by which it is found when the state is lost", () => {
  const plan = planOf(rich, { profiles: ["slow"] });
  const objects = [
    ...plan.networks.map((each) => ({ ...each, kind: "network" })),
    ...plan.volumes.map((each) => ({ ...each, kind: "volume" })),
    ...plan.services.map((each) => ({ ...each, kind: "service" })),
    ...plan.jobs.map((each) => ({ ...each, kind: "job" })),
  ];
  expect(objects.length).toBe(2 + 2 + 5 + 2);
  for (const { key, kind, labels } of objects) {
    expect(labels).toMatchObject({
      [LABEL.owner]: "example/dev",
      [LABEL.project]: "example",
      [LABEL.stack]: "dev",
      [LABEL.sandbox]: "rich",
      [LABEL.part]: key,
      [LABEL.kind]: kind,
      [LABEL.created]: "2026-11-23T10:00:00Z",
      [LABEL.timeToLive]: "8h",
    });
  }
  for (const { labels } of [...plan.services, ...plan.jobs]) {
    expect(labels[LABEL.plan]).toMatch(/^[0-9a-z]{12}$/);
    expect(labels).not.toHaveProperty([LABEL.attempt]);
  }
});

test("what had to be made again is labelled with the count, and its plan is the same", () => {
  const first = service(planOf(rich), "web");
  const again = service(planOf(rich, { attempts: { web: 2, db: 0 } }), "web");
  expect(again.labels).toEqual({ ...first.labels, [LABEL.attempt]: "2" });
});

test("two parts never share a name, whatever the sandboxes and parts are called", () => {
  const name = fc.constantFrom("a", "b", "a-b", "b-c", "a-b-c", "c");
  const stack = fc.constantFrom("dev", "dev-a", "dev_a", "dev_a-b", "dev.a_b");
  const place = fc.record({ stack, sandboxName: name, key: name });
  const nameAt = ({ stack, sandboxName, key }: { stack: string; sandboxName: string; key: string }) => {
    const declared = sandbox(sandboxName, { services: { [key]: { image: "a" } } });
    const subnets = { [networkSubnetKey(stack, sandboxName, "default")]: "10.0.0.0/28" } as const;
    return planOf(declared, { stack, subnets }).services[0]?.name;
  };
  fc.assert(
    fc.property(place, place, (one, other) => {
      const same = JSON.stringify(Object.values(one)) === JSON.stringify(Object.values(other));
      expect(nameAt(one) === nameAt(other)).toBe(same);
      expect(nameAt(one)).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
    }),
  );
});

test("services are in an order in which they can start", () => {
  const keys = planOf(rich).services.map(({ key }) => key);
  expect(keys).toEqual(["db", "docker", "migration", "web"]);
});

test("what belongs to no active profile is not planned, but a job says what it belongs to", () => {
  expect(planOf(rich).services.map(({ key }) => key)).not.toContain("slow");
  expect(planOf(rich, { profiles: ["slow"] }).services.map(({ key }) => key)).toContain("slow");
  expect(job(planOf(rich), "slow-tests").profiles).toEqual(["slow"]);
});

test("secrets are named, once each, and their values are nowhere", () => {
  expect(planOf(rich).secrets).toEqual(["db-password", "web-token"]);
  expect(planOf(rich, { profiles: ["slow"] }).secrets).toEqual(["db-password", "slow-token", "web-token"]);
});

test("a container is what its declaration says", () => {
  expect(service(planOf(rich), "web")).toMatchObject({
    name: "dev_rich_web",
    image: "example/web:1",
    entrypoint: ["/web"],
    command: ["serve"],
    // The one with the way out first: Docker takes the default route from it.
    networks: ["front", "back"],
    aliases: ["web"],
    files: [
      { target: "/etc/web.conf", source: { path: "web.conf" } },
      { target: "/etc/token", source: { content: { secret: "web-token" } } },
    ],
    tmpfs: { "/tmp": 67_108_864 },
    memoryBytes: 268_435_456,
    cpus: 1.5,
    privileged: false,
    extraHosts: { "api.example.com": "192.0.2.7" },
    user: "1000",
    ports: [{ container: 8080, host: 18080 }],
    readiness: { kind: "healthy", within: "30s" },
    after: { migration: "completed", db: "ready" },
    runsOnce: false,
    stopSignal: "SIGINT",
    stopGrace: "3s",
  });
  expect(job(planOf(rich), "tests")).toMatchObject({
    name: "dev_rich_tests",
    aliases: ["build"],
    networks: ["front", "back"],
    projectFiles: "examples/snake",
    workingFolder: "/workspace",
    before: ["pip install"],
    script: ["pytest"],
    cleanup: ["true"],
    timeout: "10m",
    privileged: false,
  });
});

test("a service with ports and no probe is asked whether it listens on the first; one that runs once is not asked", () => {
  const plan = planOf(
    sandbox("a", {
      services: { web: { image: "a", ports: [8080, 9090] }, other: { image: "a", probe: tcp(8080) } },
    }),
  );
  expect(service(plan, "web").healthcheck).toEqual(service(plan, "other").healthcheck);
  const migration = service(planOf(rich), "migration");
  expect(migration).not.toHaveProperty("healthcheck");
  expect(migration).toMatchObject({ readiness: { kind: "completed", within: "10m" }, runsOnce: true });
  expect(migration.labels).toMatchObject({ [LABEL.runsOnce]: "true" });
  expect(service(planOf(rich), "web").labels).not.toHaveProperty([LABEL.runsOnce]);
});

test("published ports: all on free ones, or each on its own", () => {
  const portsWith = (publish: ServiceDefinition["publish"]) =>
    planOf(
      sandbox("a", {
        services: { web: { image: "a", ports: [80, 90], ...(publish !== undefined && { publish }) } },
      }),
    ).services[0]?.ports;
  expect(portsWith(undefined)).toEqual([]);
  expect(portsWith(false)).toEqual([]);
  expect(portsWith(true)).toEqual([{ container: 80 }, { container: 90 }]);
  expect(portsWith({ 90: 9090 })).toEqual([{ container: 90, host: 9090 }]);
});

test("what a service shares is writable there, and read-only for whoever refers to it", () => {
  const plan = planOf(rich);
  const mount = { volume: "docker-shared", target: "/certs/client" };
  expect(service(plan, "docker").mounts).toEqual([{ ...mount, readOnly: false }]);
  expect(service(plan, "web").mounts).toEqual([{ ...mount, readOnly: true }]);
  expect(job(plan, "tests").mounts).toEqual([{ ...mount, readOnly: true }]);
  expect(service(plan, "db").mounts).toEqual([
    { volume: "data", target: "/var/lib/postgresql/data", readOnly: false },
  ]);
  expect(job(planOf(rich, { profiles: ["slow"] }), "slow-tests").mounts).toEqual([]);
  expect(plan.volumes.map(({ key, name }) => ({ key, name }))).toEqual([
    { key: "data", name: "dev_rich_data" },
    { key: "docker-shared", name: "dev_rich_docker-shared" },
  ]);
});

test("a service that refers to itself mounts what it shares once", () => {
  const declared = sandbox("a", {
    services: { certs: { image: "a", shares: ["/certs"], env: ({ certs }) => ({ SELF: certs.host }) } },
  });
  expect(service(planOf(declared), "certs").mounts).toEqual([
    { volume: "certs-shared", target: "/certs", readOnly: false },
  ]);
});

test("certificates reach jobs and Docker daemons, where a variable of the declaration wins", () => {
  const declared = sandbox("a", {
    services: { docker: dind(), cache: redis() },
    jobs: { tests: { image: "a", env: { PIP_CERT: "/own.pem" }, script: ["x"] } },
  });
  const plan = planOf(declared, { certificates: "/host/ca.pem" });
  const file = { target: "/run/nestbox/certificates.pem", source: { hostPath: "/host/ca.pem" } };
  for (const container of [service(plan, "docker"), job(plan, "tests")]) {
    expect(container.files).toEqual([file]);
    expect(container.env).toMatchObject({ SSL_CERT_FILE: file.target, GIT_SSL_CAINFO: file.target });
  }
  expect(job(plan, "tests").env.PIP_CERT).toBe("/own.pem");
  expect(service(plan, "cache")).toMatchObject({ files: [], env: {} });
  expect(job(planOf(declared), "tests")).toMatchObject({ files: [], env: { PIP_CERT: "/own.pem" } });
});

test.each<[Partial<Surroundings>, ServiceDefinition, readonly string[]]>([
  [{}, dind({ tls: false }), ["--tls=false"]],
  [{}, dind(), []],
  [{ mtu: 1400 }, dind(), ["--mtu=1400"]],
  [{ mtu: 9000 }, dind(), []],
  [
    { mtu: 1400, registryMirror: "http://172.17.0.1:5000" },
    dind({ tls: false, command: ["--debug"] }),
    ["--debug", "--tls=false", "--mtu=1400", "--registry-mirror=http://172.17.0.1:5000"],
  ],
])("in %j a Docker daemon learns what it must know", (surroundings, docker, command) => {
  const plan = planOf(sandbox("a", { services: { docker } }), surroundings);
  expect(service(plan, "docker").command).toEqual(command);
  expect(plan.networks[0]?.mtu).toBe((surroundings.mtu ?? 1500) < 1500 ? surroundings.mtu : undefined);
});

test("no other service's command is touched", () => {
  const declared = sandbox("a", { services: { one: { image: "a", command: ["x"] }, two: { image: "a" } } });
  const plan = planOf(declared, { mtu: 1400, registryMirror: "http://172.17.0.1:5000" });
  expect(service(plan, "one").command).toEqual(["x"]);
  expect(service(plan, "two")).not.toHaveProperty("command");
});

test("a privileged service whose image is not listed is refused, with the remedy", () => {
  const declared = sandbox("a", { services: { root: { image: "example/root:1", privileged: true } } });
  expect(() => planOf(declared)).toThrow(DeclarationError);
  expect(() => planOf(declared)).toThrow(
    'a.services.root.privileged: "example/root:1" may not be privileged, which is root on the host; drop it, or add the image to nestbox:privilegedImages (docker:dind, docker:*-dind)',
  );
  expect(service(planOf(declared, { privilegedImages: ["example/*:1"] }), "root").privileged).toBe(true);
});

test.each([
  ["docker:*-dind", "docker:25.0.0-dind", true],
  ["docker:*-dind", "docker:dind", false],
  ["docker:*-dind", "evil/docker:25-dind", false],
  ["docker:*-dind", "docker:a/b-dind", false],
  ["docker:dind", "dockerxdind", false],
  ["docker.io", "dockerxio", false],
  ["*", "docker:dind", true],
  ["*", "evil/docker:dind", false],
  ["docker:dind", "docker:dind\n", false],
])("the pattern %j means the image %j: %s", (pattern, image, means) => {
  expect(imageMatches(pattern, image)).toBe(means);
});

test("values of variables arrive in the plan as they were written", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      fc.pre(!value.includes("\0") && !value.includes("[object Object]"));
      const declared = sandbox("a", {
        services: { web: { image: "a", env: { A: value } } },
        jobs: { tests: { image: "a", env: { A: value }, script: ["x"] } },
      });
      const plan = planOf(declared);
      expect(service(plan, "web").env).toEqual({ A: value });
      expect(job(plan, "tests").env).toEqual({ A: value });
    }),
    { examples: [['it\'s "quoted"\n$HOME $$ ${X} größe 😀']] },
  );
});

const hashOf = (definition: ServiceDefinition, surroundings = {}) =>
  planOf(sandbox("a", { services: { web: definition } }), surroundings).services[0]?.labels[LABEL.plan];

test.each<[string, ServiceDefinition]>([
  ["image", { image: "b" }],
  ["variable", { image: "a", env: { A: "2" } }],
  ["command", { image: "a", env: { A: "1" }, command: ["x"] }],
  ["alias", { image: "a", env: { A: "1" }, alias: "x" }],
  ["probe", { image: "a", env: { A: "1" }, probe: tcp(80) }],
  ["file", { image: "a", env: { A: "1" }, files: { "/a": { content: "x" } } }],
  ["limit", { image: "a", env: { A: "1" }, limits: { cpus: 1 } }],
  ["stop", { image: "a", env: { A: "1" }, stop: { grace: "1s" } }],
])("another %s is another container by its label", (_, definition) => {
  expect(hashOf(definition)).not.toBe(hashOf({ image: "a", env: { A: "1" } }));
});

test("what makes no other container leaves its label", () => {
  const same = { image: "a", env: { A: "1" } };
  const others = {
    created: "2027-01-01T00:00:00Z",
    timeToLive: "1h",
    owner: "somebody",
    mtu: 1400,
    attempts: { web: 1 },
  };
  expect(hashOf(same, others)).toBe(hashOf(same));
  expect(hashOf({ ...same, alias: "web", stop: { grace: "10s" } })).toBe(hashOf(same));
});

test("a sandbox asks for a subnet for each network, with room for all that join it", () => {
  expect(subnetRequests(rich, "dev")).toEqual([
    { key: "dev/rich/back", containers: 7 },
    { key: "dev/rich/front", containers: 3 },
  ]);
  const plan = planOf(rich);
  expect(plan.networks.map(({ key, name, internal }) => ({ key, name, internal }))).toEqual([
    { key: "back", name: "dev_rich_back", internal: true },
    { key: "front", name: "dev_rich_front", internal: false },
  ]);
});

test("a network without a subnet is an error that names it", () => {
  const declared: Sandbox = sandbox("a", { services: {} });
  expect(() => planOf(declared, { subnets: {} })).toThrow(
    "a.networks.default: no subnet was allocated for it",
  );
});
