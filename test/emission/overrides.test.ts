import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { kubernetesEmission } from "../../src/kubernetes/kubernetes-files.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../src/model/labels.ts";
import type { ServiceOverrides } from "../../src/model/override.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { requireProviderSupport } from "../../src/pulumi/docker/container-args.ts";
import { compileErrors } from "../compile-errors.ts";
import { objectsOf } from "../docker/lowering/placed.ts";
import { manifestsOf } from "../kubernetes/lowering/placed-manifests.ts";
import { problemsIn } from "../sandboxes/problems-in.ts";
import { emitted } from "./emitted.ts";

const boxWith = (override: object, image = "a") =>
  sandbox("box", { services: { web: { image, ports: [80], override: override as ServiceOverrides } } });
const docker = (change: (body: never) => unknown) => () => objectsOf(boxWith({ docker: change }));
const kubernetes = (change: (pod: never) => unknown) => () =>
  manifestsOf(boxWith({ kubernetes: change }), { privilegedImages: [] });

type Body = { readonly HostConfig: object; readonly Labels: object };
const host = (properties: object) => (body: Body) => ({
  ...body,
  HostConfig: { ...body.HostConfig, ...properties },
});

test("an override has the last word over the object of its target", () => {
  const declared = sandbox("box", {
    services: {
      web: {
        image: "a",
        override: {
          docker: (body) => ({ ...body, Hostname: "web-1" }),
          compose: (service) => ({ ...service, restart: "always" }),
          kubernetes: (pod) => ({ ...pod, spec: { containers: [], ...pod.spec, priorityClassName: "high" } }),
          gitlab: (service) => ({ ...service, pull_policy: "always" }),
        },
      },
    },
    jobs: {
      tests: { image: "a", script: ["true"], override: { gitlab: (job) => ({ ...job, retry: 2 }) } },
    },
  });
  const planned = plan(declared, { profiles: "all" });
  const files = emitted([planned], []).files;
  const read = (path: string) => parse(files.find((file) => file.path === path)?.content ?? "");
  expect(objectsOf(declared).services[0]?.body.Hostname).toBe("web-1");
  expect(read("compose/box.yaml").services.web.restart).toBe("always");
  expect(read(".gitlab/nestbox/box.yml")["box:tests"]).toMatchObject({
    retry: 2,
    services: [{ name: "a", pull_policy: "always" }],
  });
  const manifests = kubernetesEmission([planned], {}).files.map(({ content }) => content);
  expect(manifests.join("\n")).toContain("priorityClassName: high");
});

test("a plan names the targets and stays data", () => {
  const planned = plan(boxWith({ docker: (body: Body) => body, compose: (entry: object) => entry }));
  expect(planned.services[0]?.overrides).toEqual(["docker", "compose"]);
  const copy = JSON.parse(JSON.stringify(planned));
  expect(copy.services[0].overrides).toEqual(["docker", "compose"]);
  expect(() => emitted([copy], [])).toThrow(
    "box.services.web.override.compose: its function is not in the plan",
  );
});

test("an override is a loss of the other targets", () => {
  const losses = (override: object) =>
    emitted([plan(boxWith(override), { profiles: "all" })], []).losses.map(
      ({ path, target }) => `${path} ${target}`,
    );
  expect(losses({ docker: (body: Body) => body })).toEqual(["box.services.web.override compose"]);
  expect(losses({ compose: (entry: object) => entry })).toEqual([]);
});

test("another override is another container", () => {
  const hash = (name: string) =>
    objectsOf(boxWith({ docker: (body: Body) => ({ ...body, Hostname: name }) })).services[0]?.body.Labels[
      LABEL.plan
    ];
  expect(hash("a")).not.toBe(hash("b"));
  expect(hash("a")).toBe(hash("a"));
});

test.each<[string, () => unknown, string]>([
  [
    "throws",
    docker(() => {
      throw new Error("oh no");
    }),
    "override.docker: the function threw an error: oh no; correct it",
  ],
  [
    "returns nothing",
    docker(() => undefined),
    "override.docker: returns no object; return the changed object",
  ],
  ["returns a promise", docker(async (body: Body) => body), "override.docker: returns no object"],
  [
    "removes a label",
    docker((body: Body) => ({ ...body, Labels: {} })),
    "override.docker: removes the label nestbox.owner, by which Nestbox finds the container; keep it",
  ],
  [
    "adds a label of Nestbox's",
    docker((body: Body) => ({ ...body, Labels: { ...body.Labels, "nestbox.lease": "x" } })),
    "override.docker: adds nestbox.lease, a label of Nestbox's own",
  ],
  [
    "leaves its network",
    docker(host({ NetworkMode: "bridge" }) as never),
    "override.docker: changes the networks",
  ],
  ["joins no network", docker((body: Body) => ({ ...body, NetworkingConfig: {} })), "changes the networks"],
  [
    "removes the healthcheck",
    docker((body: Body) => ({ ...body, Healthcheck: undefined })),
    "removes the Healthcheck",
  ],
  ["changes the image", docker((body: Body) => ({ ...body, Image: "b" })), "changes the Image"],
  [
    "removes a pod's label",
    kubernetes((pod: object) => ({ ...pod, metadata: {} })),
    "override.kubernetes: removes the label",
  ],
  [
    "removes the container",
    kubernetes((pod: object) => ({ ...pod, spec: { containers: [] } })),
    'override.kubernetes: removes the container "service"; keep its name',
  ],
])("an override that %s is refused", (_, lower, message) => {
  expect(lower).toThrow(`box.services.web.`);
  expect(lower).toThrow(message);
});

test.each<[object, string]>([
  [{ Privileged: true }, "may not be privileged, which is root on the host"],
  [{ CapAdd: ["net_admin"] }, "may not have the capability NET_ADMIN"],
  [{ Sysctls: { "kernel.panic": "1" } }, "may not set kernel.panic"],
  [{ PidMode: "host" }, 'may not have HostConfig.PidMode "host"'],
  [{ IpcMode: "container:other" }, 'may not have HostConfig.IpcMode "container:other"'],
  [{ UsernsMode: "host" }, 'may not have HostConfig.UsernsMode "host"'],
  [{ Binds: ["/var/run/docker.sock:/s"] }, "may not mount /var/run/docker.sock of the host"],
  [{ Mounts: [{ Type: "bind", Source: "/", Target: "/h" }] }, "may not mount / of the host"],
  [{ Mounts: [{ Type: "volume", Source: "v", VolumeOptions: {} }] }, "may not mount v of the host"],
  [{ Devices: [{ PathOnHost: "/dev/sda" }] }, "may not have HostConfig.Devices"],
  [{ VolumesFrom: ["other"] }, "may not have HostConfig.VolumesFrom"],
  [{ SecurityOpt: ["seccomp=unconfined"] }, "may not have the security option seccomp=unconfined"],
])("Docker: %j is for privileged images alone", (properties, message) => {
  const override = { docker: host(properties) };
  expect(() => objectsOf(boxWith(override))).toThrow(`box.services.web.override.docker: "a" ${message}`);
  expect(() => objectsOf(boxWith(override), { privilegedImages: ["a"] })).not.toThrow();
});

type Pod = { readonly spec: { readonly containers: readonly object[] } };
const spec = (properties: object) => (pod: Pod) => ({ ...pod, spec: { ...pod.spec, ...properties } });
const main = (properties: object) => (pod: Pod) => ({
  ...pod,
  spec: { ...pod.spec, containers: pod.spec.containers.map((one) => ({ ...one, ...properties })) },
});

test.each<[string, object, string]>([
  ["host network", { kubernetes: spec({ hostNetwork: true }) }, "may not have hostNetwork"],
  [
    "host path",
    { kubernetes: spec({ volumes: [{ name: "h", hostPath: { path: "/" } }] }) },
    "may not mount / of the node",
  ],
  ["no profile", { kubernetes: spec({ securityContext: {} }) }, "may not do without the profile"],
  [
    "privileged",
    { kubernetes: main({ securityContext: { privileged: true } }) },
    "may not be privileged, which is root on the host",
  ],
  [
    "capability",
    { kubernetes: main({ securityContext: { capabilities: { add: ["SYS_PTRACE"] } } }) },
    "may not have the capability SYS_PTRACE",
  ],
  [
    "host port",
    { kubernetes: main({ ports: [{ containerPort: 80, hostPort: 80 }] }) },
    "may not take port 80",
  ],
])("Kubernetes: %s is for privileged images alone", (_, override, message) => {
  const lower = (allowed: readonly string[]) => () =>
    manifestsOf(boxWith(override), { privilegedImages: allowed });
  expect(lower([])).toThrow(`box.services.web.override.kubernetes: "a" ${message}`);
  expect(lower(["a"])).not.toThrow();
});

test("an unknown target and a value that is no function are refused", () => {
  const problems = (override: object) => problemsIn({ services: { web: { image: "a", override } } }, "box");
  expect(problems({ dokcer: () => ({}) })).toEqual([
    'box.services.web.override.dokcer: is not a property of an override; did you mean "docker"?',
  ]);
  expect(problems({ docker: {} })).toEqual([
    "box.services.web.override.docker: is an object; use a function",
  ]);
});

test("the Pulumi adapter refuses a field that its provider has no argument for", () => {
  const [service] = objectsOf(boxWith({ docker: host({ OomScoreAdj: 1 }) }), {
    privilegedImages: ["a"],
  }).services;
  if (!service) throw new RangeError("no service");
  expect(() => requireProviderSupport("box.services.web", service)).toThrow(
    "box.services.web.override.docker: HostConfig.OomScoreAdj is not supported by Pulumi's Docker provider",
  );
});

test("the Pulumi adapter refuses a published port of both protocols", () => {
  const service = { image: "a", ports: [53], udpPorts: [53], publish: true };
  const [lowered] = objectsOf(sandbox("box", { services: { web: service } })).services;
  if (!lowered) throw new RangeError("no service");
  expect(() => requireProviderSupport("box.services.web", lowered)).toThrow(
    "box.services.web.publish: Pulumi's Docker provider reads back a port of both protocols in any order",
  );
});

test("overrides have the types of their targets", () => {
  const service = (override: string) =>
    `import { sandbox } from "../../src/model/declaration/sandbox.ts";
     import "../../src/docker/lowering/override-body.ts";
     import "../../src/kubernetes/lowering/override-pod.ts";
     export default sandbox("a", { services: { web: { image: "a", override: ${override} } } });`;
  const [legal, wrongField, wrongPod] = compileErrors(__dirname, [
    service("{ docker: (body) => ({ ...body, Hostname: body.Image }) }"),
    service("{ docker: (body) => ({ ...body, Hostname: 5 }) }"),
    service("{ kubernetes: (pod) => ({ ...pod, spec: 5 }) }"),
  ]);
  expect(legal).toEqual([]);
  expect(wrongField?.join()).toContain("number");
  expect(wrongPod?.join()).toContain("number");
});
