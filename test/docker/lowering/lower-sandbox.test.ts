import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { dind } from "../../../src/catalog/dind.ts";
import { lowerJob } from "../../../src/docker/lowering/lower-job.ts";
import type { DockerService } from "../../../src/docker/lowering/lower-service.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../../../src/model/declaration/service.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { exec, tcp } from "../../../src/model/probe.ts";
import { secret, text } from "../../../src/model/text.ts";
import { objectsOf, placementOf } from "./placed.ts";

const box = sandbox("box", {
  networks: { back: { internal: true }, front: {} },
  volumes: ["data"],
  services: {
    web: {
      image: "example/web:1",
      networks: ["back", "front"],
      volumes: { "/data": "data" },
      publish: { 80: 8080 },
      ports: [80],
      env: { URL: text`db:${secret("password")}@host`, TOKEN: secret("token"), PLAIN: "a=b" },
      limits: { memory: "8MiB", cpus: 0.5 },
      stop: { grace: "2500ms" },
      after: { migration: "completed" },
    },
    migration: { image: "example/web:1", networks: ["back"], runsOnce: true },
  },
  jobs: { tests: { image: "python:3.10", networks: ["back"], files: "app", script: ["pytest"] } },
});

function service(key: string, others?: Parameters<typeof objectsOf>[1]): DockerService {
  const found = objectsOf(box, others).services.find((each) => each.key === key);
  if (!found) throw new RangeError(key);
  return found;
}

test("Podman gets the options that it reports", () => {
  const options = (others: Parameters<typeof objectsOf>[1]) =>
    Object.fromEntries(objectsOf(box, others).networks.map(({ key, body }) => [key, body.Options]));
  expect(options({ isPodman: true })).toEqual({ back: {}, front: {} });
  const network = { mtu: 1400 };
  expect(options({ network, isPodman: true })).toEqual({ back: { mtu: "1400" }, front: { mtu: "1400" } });
  expect(Object.keys(options({ network }).back ?? {})).toEqual([
    "com.docker.network.driver.mtu",
    "com.docker.network.bridge.inhibit_ipv4",
  ]);
});

test("Podman gets the words of a probe as they are", () => {
  const probed = sandbox("box", {
    services: { web: { image: "web", probe: exec(["python3", "-c", "import app"]) } },
  });
  const test = (isPodman: boolean) =>
    objectsOf(probed, { isPodman }).services.map(({ body }) => body.Healthcheck?.Test);
  expect(test(true)).toEqual([['["python3","-c","import app"]']]);
  expect(test(false)).toEqual([["CMD", "python3", "-c", "import app"]]);
});

describe("labels", () => {
  test("are on every object, so that it is found without the state", () => {
    const { networks, volumes, services } = objectsOf(box);
    const objects = [
      ...networks.map(({ key, body }) => ({ key, kind: "network", labels: body.Labels })),
      ...volumes.map(({ key, body }) => ({ key, kind: "volume", labels: body.Labels })),
      ...services.map(({ key, body }) => ({ key, kind: "service", labels: body.Labels })),
    ];
    expect(objects).toHaveLength(2 + 1 + 2);
    for (const { key, kind, labels } of objects) {
      expect(labels).toMatchObject({
        [LABEL.owner]: "example/dev",
        [LABEL.project]: "example",
        [LABEL.stack]: "dev",
        [LABEL.sandbox]: "box",
        [LABEL.component]: "box",
        [LABEL.part]: key,
        [LABEL.kind]: kind,
        [LABEL.created]: "2026-11-23T10:00:00Z",
        [LABEL.timeToLive]: "8h",
      });
    }
    for (const { body } of services) expect(body.Labels[LABEL.plan]).toMatch(/^[0-9a-z]{12}$/);
  });

  test("count the replacements of a service; its plan label stays the same", () => {
    const first = service("web").body.Labels;
    expect(first).not.toHaveProperty([LABEL.attempt]);
    expect(service("web", { attempts: { web: 2, migration: 0 } }).body.Labels).toEqual({
      ...first,
      [LABEL.attempt]: "2",
    });
  });

  test("mark services that run once", () => {
    expect(service("migration").body.Labels).toMatchObject({ [LABEL.runsOnce]: "true" });
    expect(service("web").body.Labels).not.toHaveProperty([LABEL.runsOnce]);
  });
});

test("two parts never share a name", () => {
  const name = fc.constantFrom("a", "b", "a-b", "b-c", "a-b-c", "c");
  const stack = fc.constantFrom("dev", "dev-a", "dev_a", "dev_a-b", "dev.a_b");
  const place = fc.record({ stack, sandboxName: name, key: name });
  const nameAt = ({ stack, sandboxName, key }: { stack: string; sandboxName: string; key: string }) =>
    objectsOf(sandbox(sandboxName, { services: { [key]: { image: "a" } } }), { stack }).services[0]?.name;
  fc.assert(
    fc.property(place, place, (one, other) => {
      const same = JSON.stringify(Object.values(one)) === JSON.stringify(Object.values(other));
      expect(nameAt(one) === nameAt(other)).toBe(same);
      expect(nameAt(one)).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/);
    }),
  );
});

test("a service is a body of the Engine API, its secrets by name", () => {
  const { body, connections, after } = service("web");
  expect(body).toMatchObject({
    Image: "example/web:1",
    Env: [["URL=db:", { secret: "password" }, "@host"], ["TOKEN=", { secret: "token" }], "PLAIN=a=b"],
    ExposedPorts: { "80/tcp": {} },
    StopTimeout: 3,
    HostConfig: {
      NetworkMode: "dev_box_front",
      PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] },
      Mounts: [{ Type: "volume", Source: "dev_box_data", Target: "/data", ReadOnly: false }],
      Memory: 8_388_608,
      MemorySwap: 8_388_608,
      NanoCpus: 500_000_000,
    },
    // The network with external access first: Docker takes the default route from it.
    NetworkingConfig: { EndpointsConfig: { dev_box_front: { Aliases: ["web"] } } },
  });
  expect(connections).toEqual([{ Network: "dev_box_back", EndpointConfig: { Aliases: ["web"] } }]);
  expect(after).toEqual({ migration: "completed" });
});

test("networks have their subnet and gateway, and the placement's MTU if it is reduced", () => {
  const subnets = { back: "10.9.0.0/28", front: "10.9.0.16/28" } as const;
  const [back, front] = objectsOf(box, { subnets, network: { mtu: 1400 } }).networks;
  expect(back?.body).toMatchObject({
    Name: "dev_box_back",
    Internal: true,
    IPAM: { Config: [{ Subnet: "10.9.0.0/28", Gateway: "10.9.0.1" }] },
    Options: {
      "com.docker.network.driver.mtu": "1400",
      "com.docker.network.bridge.inhibit_ipv4": "true",
    },
  });
  expect(front?.body).toMatchObject({
    Internal: false,
    Options: { "com.docker.network.driver.mtu": "1400" },
  });
  expect(objectsOf(box, { network: { mtu: 9000 } }).networks[1]?.body.Options).toEqual({});
});

test("a network without a subnet is an error that names it", () => {
  expect(() => objectsOf(box, { subnets: {} })).toThrow("box.networks.back: has no subnet in its placement");
});

test("a job joins existing resources, gets the project's files, and adds the details of a run", () => {
  const planned = plan(box);
  const [tests] = planned.jobs;
  if (!tests) throw new RangeError("no job");
  const existing = { networks: { back: "dev_box_back-1a2b3c" }, volumes: {} };
  const job = lowerJob(planned, tests, placementOf(planned, { existing }), {
    id: "4d5e6f",
    variables: { CI_COMMIT_SHA: "abc" },
    labels: { "nestbox.process": "1" },
  });
  expect(job).toMatchObject({
    name: "dev_box_tests-4d5e6f",
    projectFiles: "app",
    folders: ["/workspace"],
    timeout: "1h",
    body: {
      Env: ["CI_COMMIT_SHA=abc"],
      WorkingDir: "/workspace",
      Labels: { "nestbox.process": "1", [LABEL.kind]: "job" },
      HostConfig: {
        Init: true,
        NetworkMode: "dev_box_back-1a2b3c",
      },
    },
  });
});

test("certificates are copied into services", () => {
  const declared = sandbox("a", {
    services: { docker: dind(), web: { image: "a" }, own: { image: "a", certificates: false } },
  });
  const files = objectsOf(declared, { network: { certificates: "/host/ca.pem" } }).services.map(
    (each) => each.files,
  );
  const certificates = { target: "/run/nestbox/certificates.pem", source: { hostPath: "/host/ca.pem" } };
  expect(files).toEqual([[certificates], [certificates], []]);
});

test("services and jobs get proxies, without their addresses, and declared variables take precedence", () => {
  const declared = sandbox("a", {
    services: { web: { image: "a", certificates: false, env: { http_proxy: "", NO_PROXY: "b" } } },
    jobs: { tests: { image: "a", script: ["x"] } },
  });
  const network = { proxies: { variables: ["HTTP_PROXY"] } } as const;
  const planned = plan(declared);
  const [job] = planned.jobs;
  if (!job) throw new Error("no job");
  const ofService = objectsOf(declared, { network }).services[0]?.body.Env;
  const ofJob = lowerJob(planned, job, placementOf(planned, { network }), { id: "1" }).body.Env;
  const direct = "localhost,127.0.0.1,::1,web,build";
  expect(ofService).toEqual([
    ["HTTP_PROXY=", secret("HTTP_PROXY")],
    ...["NO_PROXY=b", "http_proxy=", `no_proxy=${direct}`],
  ]);
  expect(ofJob).toEqual([
    ["HTTP_PROXY=", secret("HTTP_PROXY")],
    `NO_PROXY=${direct}`,
    ["http_proxy=", secret("HTTP_PROXY")],
    `no_proxy=${direct}`,
  ]);
});

const hashOf = (definition: ServiceDefinition, others = {}) =>
  objectsOf(sandbox("a", { services: { web: definition } }), others).services[0]?.body.Labels[LABEL.plan];

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

test("changes without effect on the container keep its plan label", () => {
  const same = { image: "a", env: { A: "1" } };
  const others = {
    created: "2027-01-01T00:00:00Z",
    timeToLive: "1h",
    owner: "somebody",
    network: { mtu: 1400 },
    attempts: { web: 1 },
  };
  expect(hashOf(same, others)).toBe(hashOf(same));
  expect(hashOf({ ...same, alias: "web", stop: { grace: "10s" } })).toBe(hashOf(same));
});
