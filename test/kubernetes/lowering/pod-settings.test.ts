import { expect, test } from "@jest/globals";
import { kubernetesSettingsFrom } from "../../../src/kubernetes/kubernetes-settings.ts";
import { lowerToKubernetes } from "../../../src/kubernetes/lowering/lower-to-kubernetes.ts";
import { clusterProperties } from "../../../src/kubernetes/place/placement.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { ConfigurationError } from "../../../src/model/problem.ts";
import { manifestsOf } from "./placed-manifests.ts";
import { schemaProblems } from "./schema-problems.ts";

const declared = sandbox("shop", {
  services: {
    db: { image: "postgres:17", ports: [5432], limits: { memory: "1GiB" } },
    web: { image: "web:1", after: { db: "ready" }, platform: "linux/arm64", labels: { team: "b" } },
  },
  jobs: { tests: { image: "web:1", script: ["true"] } },
});

const SETTINGS = {
  imagePullSecret: "registry",
  labels: { "example.com/cost": "ci", team: "a" },
  annotations: { "example.com/why": "a test" },
  nodeSelector: { pool: "ci", "kubernetes.io/arch": "amd64" },
  tolerations: [{ key: "ci", operator: "Exists", effect: "NoSchedule" }],
  priorityClass: "low",
  serviceAccount: "tests",
  requests: { cpu: "50m", memory: "32Mi" },
  limits: { cpu: "1", memory: "256Mi" },
  helper: {
    image: "registry.example.com/alpine:3.19",
    requests: { cpu: "100m" },
    limits: { memory: "128Mi" },
  },
} as const;

const manifests = manifestsOf(declared, clusterProperties(kubernetesSettingsFrom(SETTINGS, "settings"), {}));

/** The pod template of a service or job. */
function specOf(name: string) {
  return manifests.flatMap((manifest) => {
    const isWorkload = manifest.kind === "Deployment" || manifest.kind === "Job";
    const isNamed = manifest.metadata.name?.startsWith(name);
    return isWorkload && isNamed && "template" in manifest.spec ? [manifest.spec.template] : [];
  })[0];
}

test("the settings of pods make manifests that Kubernetes knows", () => {
  expect(schemaProblems(manifests)).toEqual([]);
});

test.each(["db", "web", "tests"])("the pod of %s has what the cluster's rules demand", (name) => {
  expect(specOf(name)).toMatchObject({
    metadata: { labels: { "example.com/cost": "ci" }, annotations: SETTINGS.annotations },
    spec: {
      nodeSelector: { pool: "ci" },
      tolerations: SETTINGS.tolerations,
      priorityClassName: "low",
      serviceAccountName: "tests",
      imagePullSecrets: [{ name: "registry" }],
    },
  });
});

test("a declaration's own label and platform win", () => {
  expect(specOf("web")).toMatchObject({
    metadata: { labels: { team: "b" } },
    spec: { nodeSelector: { pool: "ci", "kubernetes.io/arch": "arm64" } },
  });
});

test("a namespace has the labels and annotations beside Nestbox's own", () => {
  expect(manifests[0]).toMatchObject({
    metadata: {
      labels: {
        ...SETTINGS.labels,
        "nestbox.sandbox": "shop",
      },
      annotations: { ...SETTINGS.annotations, "nestbox.stack": "dev" },
    },
  });
});

test("requests and limits bound all containers, helpers by their own", () => {
  const range = manifests.find(({ kind }) => kind === "LimitRange");
  expect(range).toMatchObject({
    spec: { limits: [{ default: SETTINGS.limits, defaultRequest: SETTINGS.requests }] },
  });
  expect(specOf("db")).toMatchObject({
    spec: {
      containers: [{ resources: { requests: SETTINGS.requests, limits: { cpu: "1", memory: "1Gi" } } }],
    },
  });
  expect(specOf("web")).toMatchObject({
    spec: {
      containers: [{ resources: { requests: SETTINGS.requests, limits: SETTINGS.limits } }],
      initContainers: [
        {
          image: SETTINGS.helper.image,
          resources: {
            requests: { cpu: "100m", memory: "16Mi" },
            limits: { cpu: "500m", memory: "128Mi" },
          },
        },
      ],
    },
  });
});

test.each([
  [{ labels: ["a"] }, '.labels is ["a"]; it must be a map of names and texts'],
  [{ labels: { team: 1 } }, ".labels.team is 1; it must be a label's value such as"],
  [{ labels: { "a b": "c" } }, '.labels: "a b" is no name that Kubernetes takes'],
  [{ labels: { "nestbox.owner": "me" } }, '.labels: "nestbox.owner" is set by Nestbox itself; remove it'],
  [{ annotations: { a: true } }, ".annotations.a is true; it must be a text"],
  [{ nodeSelector: { pool: "a b" } }, '.nodeSelector.pool is "a b"; it must be a label\'s value'],
  [{ tolerations: {} }, ".tolerations is {}; it must be a list"],
  [{ tolerations: [{ effect: "Never" }] }, '.tolerations[0].effect is "Never"; it must be NoSchedule, '],
  [{ tolerations: [{ taint: "a" }] }, ".tolerations[0].taint is not a setting; use one of key, operator, "],
  [{ priorityClass: "A" }, '.priorityClass is "A"; it must be the name of a PriorityClass'],
  [{ serviceAccount: 1 }, ".serviceAccount is 1; it must be the name of a ServiceAccount"],
  [{ podSecurity: "strict" }, '.podSecurity is "strict"; it must be privileged, baseline or restricted'],
  [{ requests: { cpu: "0" } }, '.requests.cpu is "0"; it must be a number of processors such as "250m"'],
  [{ limits: { memory: "1 GB" } }, '.limits.memory is "1 GB"; it must be an amount of memory such as "64Mi"'],
  [{ helper: { limits: { gpu: "1" } } }, ".helper.limits.gpu is not a setting; use one of cpu, memory"],
])("the wrong setting %j is refused, naming its place", (settings, message) => {
  const parse = () => kubernetesSettingsFrom(settings, "nestbox:kubernetes");
  expect(parse).toThrow(ConfigurationError);
  expect(parse).toThrow(`nestbox:kubernetes${message}`);
});

test("the Secret with this machine's logins is named by each pod, and has none of them yet", () => {
  const settings = kubernetesSettingsFrom({ imagePullSecret: { fromDocker: true } }, "settings");
  const placement = { namespace: "shop", privilegedImages: [], projectFiles: {} };
  const objects = lowerToKubernetes(plan(declared), { ...placement, ...clusterProperties(settings, {}) });
  expect(objects.pullSecret).toMatchObject({
    ...{ kind: "Secret", type: "kubernetes.io/dockerconfigjson", metadata: { namespace: "shop" } },
    images: expect.arrayContaining(["postgres:17", "web:1", "alpine:3.19"]),
  });
  const pods = objects.services.map(({ workload }) => workload.spec.template.spec?.imagePullSecrets);
  const { name } = objects.pullSecret?.metadata ?? {};
  expect(pods).toEqual([[{ name }], [{ name }]]);
});
