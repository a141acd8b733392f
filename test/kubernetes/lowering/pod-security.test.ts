import { describe, expect, test } from "@jest/globals";
import type { PodSecurityLevel } from "../../../src/kubernetes/pod-settings.ts";
import type { JobDefinition } from "../../../src/model/declaration/job.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import type { ServiceDefinition } from "../../../src/model/declaration/service.ts";
import { secret, text } from "../../../src/model/text.ts";
import { manifestsOf } from "./placed-manifests.ts";

function declared(service: Partial<ServiceDefinition>, job: Partial<JobDefinition> = {}) {
  return sandbox("box", {
    volumes: ["data"],
    services: {
      db: { image: "db:1", user: "70", ports: [5432] },
      web: { image: "web:1", after: { db: "ready" }, ...service },
    },
    jobs: { tests: { image: "web:1", user: "1000", script: ["true"], ...job } },
  });
}

function lowered(
  service: Partial<ServiceDefinition>,
  podSecurity?: PodSecurityLevel,
  job: Partial<JobDefinition> = {},
) {
  return manifestsOf(declared(service, job), { pods: { ...(podSecurity && { podSecurity }) } });
}

/** The pod of a service or job. */
function podOf(manifests: ReturnType<typeof manifestsOf>, name: string) {
  const specs = manifests.flatMap((manifest) => {
    const isWorkload = manifest.kind === "Deployment" || manifest.kind === "Job";
    return isWorkload && (manifest.metadata.name ?? manifest.metadata.generateName)?.startsWith(name)
      ? [manifest.spec.template?.spec]
      : [];
  });
  return specs[0];
}

const RESTRICTED = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
};

describe("a container with a numeric user", () => {
  const pod = podOf(lowered({ user: "1000:2000", capAdd: ["NET_BIND_SERVICE"] }), "web");

  test("has everything that the level restricted demands", () => {
    expect(pod?.securityContext).toEqual({ seccompProfile: { type: "RuntimeDefault" } });
    expect(pod?.containers[0]?.securityContext).toEqual({
      ...RESTRICTED,
      ...{ runAsUser: 1000, runAsGroup: 2000 },
      capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
    });
  });

  test("has init containers of its own user", () => {
    expect(pod?.initContainers?.map(({ securityContext }) => securityContext)).toEqual([
      { ...RESTRICTED, runAsUser: 1000, runAsGroup: 2000 },
    ]);
  });

  test("writes to its volumes, whose files keep their modes", () => {
    const { securityContext } = podOf(lowered({ user: "1000", volumes: { "/data": "data" } }), "web") ?? {};
    expect(securityContext).toMatchObject({ fsGroup: 1000, fsGroupChangePolicy: "OnRootMismatch" });
  });
});

test.each<Partial<ServiceDefinition>>([{}, { user: "0" }, { user: "postgres" }])(
  "root and users of the image stay as they are: %j",
  (service) => {
    const container = podOf(lowered(service), "web")?.containers[0]?.securityContext ?? {};
    expect(container).not.toHaveProperty("runAsNonRoot");
    expect(container).not.toHaveProperty("capabilities");
  },
);

test("a container that may gain privileges keeps its capabilities", () => {
  const container = podOf(lowered({ user: "1000", noNewPrivileges: false }), "web")?.containers[0];
  expect(container?.securityContext).toEqual({ runAsUser: 1000 });
});

test("a job that creates user namespaces may gain the privileges for it", () => {
  const tests = podOf(lowered({}, undefined, { userNamespaces: true }), "tests");
  expect(tests?.containers[0]?.securityContext).toEqual({ runAsUser: 1000 });
});

describe("the namespace", () => {
  const level = (podSecurity?: PodSecurityLevel) =>
    lowered({ user: "1000" }, podSecurity)[0]?.metadata.labels?.["pod-security.kubernetes.io/enforce"];

  test("has the cluster's default level", () => {
    expect(level()).toBeUndefined();
  });

  test.each(["privileged", "baseline", "restricted"] as const)("has the level %s of the settings", (one) => {
    expect(level(one)).toBe(one);
  });
});

const NO_USER =
  "has no numeric user other than root, and kubernetes.podSecurity is restricted; " +
  'declare one that its image can run as, such as user: "1000:1000"';

test.each<[PodSecurityLevel, Partial<ServiceDefinition>, string]>([
  ["restricted", {}, NO_USER],
  ["restricted", { user: "0:0" }, NO_USER],
  ["restricted", { user: "postgres" }, NO_USER],
  [
    "restricted",
    { user: "1000", capAdd: ["CHOWN"] },
    "has the capability CHOWN, and kubernetes.podSecurity is ",
  ],
  [
    "restricted",
    { privileged: true },
    "is privileged, and kubernetes.podSecurity is restricted; remove that, or set",
  ],
  [
    "baseline",
    { capAdd: ["SYS_NICE"] },
    "has the capability SYS_NICE, and kubernetes.podSecurity is baseline; remove",
  ],
  ["baseline", { privileged: true }, "set kubernetes.podSecurity to privileged where the cluster allows it"],
])("the level %s refuses a service with %j", (level, service, message) => {
  expect(() => lowered(service, level)).toThrow("box.services.web: ");
  expect(() => lowered(service, level)).toThrow(message);
});

test.each<[PodSecurityLevel, Partial<ServiceDefinition>]>([
  ["restricted", { user: "1000", capAdd: ["NET_BIND_SERVICE"], files: { "/a": { content: secretText() } } }],
  ["baseline", { capAdd: ["CHOWN"] }],
  ["privileged", { privileged: true }],
])("the level %s takes a service with %j", (level, service) => {
  expect(() => lowered(service, level)).not.toThrow();
});

test("a job is refused when it runs", () => {
  expect(() => lowered({ user: "1" }, "restricted", { user: "root" })).toThrow(`box.jobs.tests: ${NO_USER}`);
});

test("what an override turns off is refused", () => {
  const kubernetes: NonNullable<NonNullable<ServiceDefinition["override"]>["kubernetes"]> = (pod) => ({
    ...pod,
    spec: {
      ...pod.spec,
      containers: (pod.spec?.containers ?? []).map((one) => ({
        ...one,
        securityContext: { runAsUser: 1, runAsNonRoot: true },
      })),
    },
  });
  expect(() => lowered({ user: "1", override: { kubernetes } }, "restricted")).toThrow(
    "box.services.web: may gain privileges, and kubernetes.podSecurity is restricted",
  );
});

/** An init container writes a text with a secret. */
function secretText() {
  return text`password: ${secret("password")}`;
}
