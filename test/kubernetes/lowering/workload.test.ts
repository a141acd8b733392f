import { describe, expect, test } from "@jest/globals";
import { dind } from "../../../src/catalog/dind.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../../../src/model/declaration/service.ts";
import { imageHealthcheck, log, tcp } from "../../../src/model/probe.ts";
import { secret, text } from "../../../src/model/text.ts";
import { loweredService, manifestsOf, podOf } from "./placed-manifests.ts";
import { wide } from "./wide-sandbox.ts";

function box(definition: Partial<ServiceDefinition>) {
  return sandbox("box", { volumes: ["data"], services: { web: { image: "a", ...definition } } });
}

function containerOf(definition: Partial<ServiceDefinition>) {
  const [container] = podOf(box(definition), "web").containers;
  return container ?? { name: "none" };
}

test("no pod has a token, variables of Services, or a liveness probe", () => {
  const text = JSON.stringify(manifestsOf(wide));
  const pods = text.match(/"automountServiceAccountToken":false,"enableServiceLinks":false/g);
  expect(pods).toHaveLength(
    manifestsOf(wide).filter(({ kind }) => kind === "Deployment" || kind === "Job").length,
  );
  expect(text).not.toContain("livenessProbe");
});

test("no manifest contains a secret, only references by name", () => {
  expect(manifestsOf(wide).map(({ kind }) => kind)).not.toContain("Secret");
});

test("a service is a Deployment that is recreated, one that completes is a Job", () => {
  expect(loweredService(wide, "database").workload).toMatchObject({
    kind: "Deployment",
    spec: { replicas: 1, strategy: { type: "Recreate" } },
  });
  expect(loweredService(wide, "migration").workload).toMatchObject({
    kind: "Job",
    spec: { backoffLimit: 0, activeDeadlineSeconds: 90, template: { spec: { restartPolicy: "Never" } } },
  });
});

test.each<[string, Partial<ServiceDefinition>, object]>([
  ["the image's", {}, {}],
  ["a command", { command: ["a", "$(b)"] }, { args: ["a", "$$(b)"] }],
  ["an entrypoint", { entrypoint: ["e"] }, { command: ["e"] }],
  ["both", { entrypoint: ["e"], command: ["a"] }, { command: ["e"], args: ["a"] }],
  ["no entrypoint", { entrypoint: [], command: ["a"] }, { command: ["a"] }],
])("entrypoint and command: %s", (_, definition, expected) => {
  const { command, args } = containerOf(definition);
  expect({ ...(command && { command }), ...(args && { args }) }).toEqual(expected);
});

test.each([
  ["1000", { runAsUser: 1000 }],
  ["0:0", { runAsUser: 0, runAsGroup: 0 }],
  ["redis", {}],
])("the user %s", (user, expected) => {
  expect(containerOf({ user }).securityContext).toMatchObject({
    allowPrivilegeEscalation: false,
    ...expected,
  });
});

test("a numeric user may write to its volumes", () => {
  const withVolume = podOf(box({ user: "1000", volumes: { "/data": "data" } }), "web");
  expect(withVolume.securityContext).toMatchObject({ fsGroup: 1000 });
  expect(podOf(box({ user: "1000" }), "web").securityContext).not.toHaveProperty("fsGroup");
});

test("limits are upper bounds: little is reserved", () => {
  expect(containerOf({ limits: { memory: "1GiB", cpus: 0.25 } }).resources).toEqual({
    requests: { cpu: "10m", memory: "16Mi" },
    limits: { cpu: "250m", memory: "1Gi" },
  });
  expect(containerOf({ limits: { memory: "8000KiB" } }).resources).toEqual({
    requests: { memory: "8000Ki" },
    limits: { memory: "8000Ki" },
  });
});

test("a pod changes with the revisions of the secrets that it has, and with no others", () => {
  const declared = sandbox("box", {
    services: {
      one: { image: "a", env: { A: text`a${secret("a")}` }, files: { "/b": { content: secret("b") } } },
      other: { image: "a", env: { C: secret("c") } },
    },
  });
  const annotations = (key: string, secretRevisions?: Readonly<Record<string, string>>) =>
    loweredService(declared, key, { ...(secretRevisions && { secretRevisions }) }).workload.spec.template
      .metadata?.annotations;
  expect(annotations("one")).toBeUndefined();
  const before = { a: "1", b: "1", c: "1" };
  for (const changed of ["a", "b"]) {
    const after = { ...before, [changed]: "2" };
    expect(annotations("one", after)).not.toEqual(annotations("one", before));
    expect(annotations("other", after)).toEqual(annotations("other", before));
  }
  expect(annotations("other", { ...before, c: "2" })).not.toEqual(annotations("other", before));
});

test("a service that completes gets another pod after each failure", () => {
  const labels = (attempts?: Readonly<Record<string, number>>) =>
    loweredService(wide, "migration", { ...(attempts && { attempts }) }).workload.spec.template.metadata
      ?.labels;
  expect(labels({ migration: 2 })).toEqual({ ...labels(), "nestbox.attempt": "2" });
  expect(labels({ migration: 0 })).toEqual(labels());
});

test("a declared stop signal comes before SIGTERM", () => {
  expect(containerOf({ stop: { signal: "SIGINT" } }).lifecycle?.preStop?.exec?.command).toEqual([
    "sh",
    "-c",
    "kill -INT 1 && while kill -0 1; do sleep 1; done",
  ]);
  expect(containerOf({ stop: { signal: "SIGTERM" } })).not.toHaveProperty("lifecycle");
  expect(podOf(box({ stop: { grace: "1500ms" } }), "web").terminationGracePeriodSeconds).toBe(2);
});

describe("Pod Security", () => {
  test("a container has the default filter of system calls unless it is privileged", () => {
    expect(podOf(box({}), "web").securityContext).toEqual({ seccompProfile: { type: "RuntimeDefault" } });
    expect(podOf(box({ privileged: true }), "web")).not.toHaveProperty("securityContext");
    expect(containerOf({ privileged: true }).securityContext).toEqual({ privileged: true });
  });
});

test("a privileged service with an image that is not allowed is refused", () => {
  expect(() => manifestsOf(box({ privileged: true }), { privilegedImages: ["docker:*"] })).toThrow(
    'box.services.web.privileged: "a" may not be privileged',
  );
});

describe("volumes", () => {
  test("a declared volume is a claim", () => {
    const declared = box({ volumes: { "/data": "data" } });
    expect(manifestsOf(declared, { storageClass: "fast" })).toContainEqual(
      expect.objectContaining({
        kind: "PersistentVolumeClaim",
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: "fast",
          resources: { requests: { storage: "1Gi" } },
        },
      }),
    );
    expect(podOf(declared, "web").affinity).toBeUndefined();
  });

  test("the certificates of a Docker daemon are on the node of its clients", () => {
    const declared = sandbox("box", {
      services: { docker: dind() },
      jobs: {
        tests: { image: "docker:cli", env: ({ docker }) => docker.variables, script: ["docker info"] },
      },
    });
    const pods = manifestsOf(declared).flatMap((manifest) =>
      manifest.kind === "Deployment" || manifest.kind === "Job" ? [manifest.spec.template] : [],
    );
    expect(pods).toHaveLength(2);
    for (const { metadata, spec } of pods) {
      expect(spec?.volumes).toContainEqual({
        name: "volume-docker-shared",
        persistentVolumeClaim: { claimName: "docker-shared" },
      });
      const [term] = spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
      expect(metadata?.labels).toMatchObject(term?.labelSelector?.matchLabels ?? { none: "" });
    }
  });

  test("a shared folder that nobody mounts is no claim", () => {
    const declared = sandbox("box", { services: { docker: dind() } });
    expect(manifestsOf(declared).map(({ kind }) => kind)).not.toContain("PersistentVolumeClaim");
    expect(podOf(declared, "docker").volumes).toEqual([{ name: "volume-docker-shared", emptyDir: {} }]);
  });

  test("a folder in memory has its size", () => {
    expect(podOf(box({ tmpfs: { "/cache": "64MiB" } }), "web").volumes).toEqual([
      { name: "memory-1", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
    ]);
  });
});

test("extra hosts are grouped by address, in lower case", () => {
  const extraHosts = { "A.example": "192.0.2.7", b: "192.0.2.7", c: "::1", gone: "host-gateway" };
  expect(podOf(box({ extraHosts }), "web").hostAliases).toEqual([
    { ip: "192.0.2.7", hostnames: ["a.example", "b"] },
    { ip: "::1", hostnames: ["c"] },
  ]);
  expect(() => podOf(box({ extraHosts: { "a..b": "192.0.2.7" } }), "web")).toThrow(
    'box: "a..b" in the extraHosts of "web" is not a name that Kubernetes takes; ' +
      "use labels of letters, digits and dashes between dots",
  );
});

describe("an alias", () => {
  test("is a Service of the declared ports, headless without any", () => {
    const [service] = loweredService(box({ ports: [80, 443], alias: "one" }), "web").services;
    expect(service?.metadata.name).toBe("one");
    expect(service?.spec.ports).toEqual([
      { name: "tcp-80", port: 80 },
      { name: "tcp-443", port: 443 },
    ]);
    const [headless] = loweredService(box({}), "web").services;
    expect(headless?.spec).toEqual({
      clusterIP: "None",
      selector: { "nestbox.kind": "service", "nestbox.part": "web" },
    });
  });

  test("of two services on different networks belongs to the first", () => {
    const declared = sandbox("box", {
      networks: { a: {}, b: {} },
      services: {
        one: { image: "a", networks: ["a"], alias: "db" },
        two: { image: "a", networks: ["b"], alias: ["db", "two"] },
      },
    });
    const names = (key: string) =>
      loweredService(declared, key).services.map(({ metadata }) => metadata.name);
    expect(names("one")).toEqual(["db"]);
    expect(names("two")).toEqual(["two"]);
  });

  test("that starts with a digit is no Service", () => {
    expect(loweredService(box({ alias: ["1st", "first"] }), "web").services).toHaveLength(1);
  });
});

describe("order", () => {
  const declared = sandbox("box", {
    networks: { a: {}, b: {} },
    services: {
      ready: { image: "a", networks: ["a"], alias: "db", ports: [5432], probe: tcp(5432) },
      checked: { image: "a", networks: ["a"], ports: [1], probe: imageHealthcheck() },
      logged: { image: "a", networks: ["a"], ports: [2], probe: log(/up/) },
      portless: { image: "a", networks: ["a"] },
      elsewhere: { image: "a", networks: ["b"], ports: [3] },
      nameless: { image: "a", networks: ["a"], alias: "1st", ports: [4] },
      migration: { image: "a", networks: ["a"], ports: [5], runsOnce: true },
      web: {
        image: "a",
        networks: ["a"],
        after: {
          ready: "ready",
          checked: "ready",
          logged: "ready",
          portless: "ready",
          elsewhere: "ready",
          nameless: "ready",
          migration: "completed",
        },
      },
    },
  });

  test("an init container waits for the Services that it reaches", () => {
    const [wait, ...others] = podOf(declared, "web").initContainers ?? [];
    expect(others).toEqual([]);
    expect(wait?.command?.[2]?.match(/nc -w 1 \S+ \d+/g)).toEqual([
      "nc -w 1 db 5432",
      "nc -w 1 checked 1",
      "nc -w 1 logged 2",
    ]);
    expect(podOf(declared, "ready")).not.toHaveProperty("initContainers");
  });

  test("a dependency without a reachable Service is waited for before the creation", () => {
    expect(loweredService(declared, "web").after).toEqual({
      logged: "ready",
      portless: "ready",
      elsewhere: "ready",
      nameless: "ready",
      migration: "completed",
    });
    expect(loweredService(declared, "ready").after).toEqual({});
  });
});

test("labels find the objects of an owner, and the namespace has the exact values", () => {
  const ownership = {
    owner: "example/dev/1a2b3c",
    project: "example",
    stack: "dev",
    branch: "feature/one",
    created: "2026-11-23T10:00:00Z",
    timeToLive: "8h",
  } as const;
  const manifests = manifestsOf(box({}), { ownership });
  for (const { metadata } of manifests) {
    expect(metadata.labels).toMatchObject({
      "nestbox.owner": expect.stringMatching(/^example-dev-1a2b3c-\w{6}$/),
      "nestbox.project": "example",
      "nestbox.stack": "dev",
      "nestbox.branch": expect.stringMatching(/^feature-one-\w{6}$/),
      "nestbox.sandbox": "box",
    });
  }
  expect(manifests[0]?.metadata.annotations).toEqual({
    "nestbox.owner": "example/dev/1a2b3c",
    "nestbox.project": "example",
    "nestbox.stack": "dev",
    "nestbox.branch": "feature/one",
    "nestbox.created": "2026-11-23T10:00:00Z",
    "nestbox.time-to-live": "8h",
  });
});
