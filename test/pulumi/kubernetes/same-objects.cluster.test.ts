import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { clusterNetworkFrom } from "../../../src/kubernetes/cluster-network.ts";
import { clusterProperties } from "../../../src/kubernetes/place/placement.ts";
import { type StartedInCluster, startInCluster } from "../../../src/kubernetes/place/start-in-cluster.ts";
import { REVISION_KEY } from "../../../src/kubernetes/sandbox-facts.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { type PulumiProject, pulumiYaml } from "../../airgap/pulumi-project.ts";
import { kubectl } from "../../kubectl.ts";
import { testCluster } from "../../kubernetes/created-namespace.ts";
import { clusterProject } from "./cluster-project.ts";
import everything from "./program/everything.ts";

let project: PulumiProject;
let direct: StartedInCluster;
let namespace: string;

beforeAll(async () => {
  const program = (file: string) => readFileSync(join(__dirname, "program", file), "utf8");
  project = await clusterProject({
    "Pulumi.yaml": pulumiYaml(),
    "index.ts": program("everything-stack.ts"),
    "everything.ts": program("everything.ts"),
  });
  const [started, { code, output }] = await Promise.all([
    startInCluster({
      environment: {},
      plan: plan(everything, { profiles: [] }),
      cluster: testCluster(),
      secrets: { password: "hunter2" },
      signal: new AbortController().signal,
      project: "nestbox-test",
      placement: {
        ...clusterProperties({}, clusterNetworkFrom({}, process.env)),
        ...{ privilegedImages: [], projectFiles: {} },
      },
    }),
    project.pulumi("up", "--yes", "--skip-preview"),
  ]);
  direct = started;
  if (code !== 0) throw new Error(output);
  ({ namespace } = JSON.parse((await project.pulumi("stack", "output", "--json")).output));
}, 1_200_000);

afterAll(async () => {
  await direct?.remove();
  await project?.pulumi("destroy", "--yes", "--skip-preview");
  project?.remove();
});

const KINDS =
  "resourcequotas,limitranges,networkpolicies,persistentvolumeclaims,configmaps,secrets,services," +
  "deployments,jobs";

type Data = { readonly [key: string]: unknown };

/** Everything in a namespace, without what its name, its owner and the cluster itself add. */
function objectsIn(name: string): readonly unknown[] {
  const { items } = JSON.parse(kubectl("--namespace", name, "get", KINDS, "--output", "json")) as {
    readonly items: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[];
  };
  return items
    .filter(({ metadata }) => metadata.name !== "kube-root-ca.crt")
    .map((item) => declaredPart(item));
}

/** What the cluster writes, and what only one of the two has. */
const LEFT_OUT = [
  /^(uid|resourceVersion|creationTimestamp|generation|managedFields|status|clusterIPs?|volumeName)$/,
  /kubernetes\.io\/|controller-uid$/,
  /^namespace$|^nestbox\.(owner|project|stack|component|secrets)$|^pulumi\.com\/|^transformed$/,
];

function declaredPart(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(declaredPart);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value as Data)
    .filter(([key]) => !LEFT_OUT.some((pattern) => pattern.test(key)) && key !== REVISION_KEY)
    .map(([key, inner]) => [key, declaredPart(inner)] as const)
    .filter(([key, inner]) => key !== "annotations" || Object.keys(inner as Data).length > 0);
  return Object.fromEntries(kept);
}

test("a stack and a run without one make the same objects", () => {
  const ofStack = objectsIn(namespace);
  const limitRange = ofStack.findIndex((object) => (object as Data).kind === "LimitRange");
  const without = (objects: readonly unknown[]) => objects.filter((_, index) => index !== limitRange);
  expect(ofStack.length).toBeGreaterThan(10);
  expect(without(ofStack)).toEqual(without(objectsIn(direct.placement.namespace)));
});

test("a preview knows the cluster of a provider, and finds nothing to change", async () => {
  const { code, output } = await project.pulumi("preview", "--expect-no-changes");
  expect(code === 0 ? "" : output).toBe("");
});

test("transforms and the provider of the options are used", () => {
  expect(kubectl("--namespace", namespace, "get", "limitrange", "sandbox", "--show-labels")).toContain(
    "transformed=yes",
  );
  expect(project.stateText()).toContain("pulumi:providers:kubernetes::cluster");
  expect(project.stateText()).not.toContain("pulumi:providers:kubernetes::nestbox");
});
