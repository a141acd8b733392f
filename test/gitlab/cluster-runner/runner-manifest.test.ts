import { describe, expect, test } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { runnerManifest } from "../../../src/gitlab/cluster-runner/runner-manifest.ts";
import { runnerRules } from "../../../src/gitlab/cluster-runner/runner-rights.ts";
import { runnerWorkload } from "../../../src/gitlab/cluster-runner/runner-workload.ts";
import { roleManifest } from "../../../src/kubernetes/rights/role-manifest.ts";
import type { KubernetesRunner } from "../../../src/model/runner/runner.ts";

const RUNNER: KubernetesRunner = {
  ...{ name: "pods", tags: ["pods"], executor: "kubernetes", access: "existing" },
  ...{ namespace: "jobs", runnerNamespace: "runner" },
};

interface Found {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly ingress?: unknown; readonly egress?: readonly object[] };
}

function objects(change: Partial<KubernetesRunner> = {}): readonly Found[] {
  const text = runnerManifest("runners: pods", { ...RUNNER, ...change });
  return parseAllDocuments(text).map((document) => document.toJS() as Found);
}

const jobLevel = (change: Partial<KubernetesRunner>) =>
  objects(change)[0]?.metadata.labels?.["pod-security.kubernetes.io/enforce"];

/** The verbs of the rules, as `group/resource: verbs`. */
function verbs(change: Partial<KubernetesRunner>): readonly string[] {
  return runnerRules({ ...RUNNER, ...change })
    .flatMap(({ apiGroups, resources, verbs: allowed }) =>
      resources.map((resource) => `${apiGroups}/${resource}: ${allowed.join(" ")}`),
    )
    .sort();
}

test("the manifest has namespaces, policies, and an account with a Role", () => {
  expect(objects().map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name])).toEqual([
    ["Namespace", undefined, "jobs"],
    ["Namespace", undefined, "runner"],
    ["NetworkPolicy", "jobs", "jobs"],
    ["NetworkPolicy", "runner", "gitlab-runner"],
    ["ServiceAccount", "runner", "gitlab-runner"],
    ["Role", "jobs", "gitlab-runner"],
    ["RoleBinding", "jobs", "gitlab-runner"],
  ]);
});

test("the level of Pod Security is the strictest that the jobs meet", () => {
  expect(jobLevel({})).toBe("baseline");
  expect(jobLevel({ jobUser: 1000 })).toBe("restricted");
  expect(jobLevel({ privilegedServices: ["docker:dind"] })).toBe("privileged");
  expect(jobLevel({ userNamespaces: true })).toBe("privileged");
  expect(objects()[1]?.metadata.labels).toMatchObject({ "pod-security.kubernetes.io/enforce": "restricted" });
});

test("the Role has what the settings use, and no more", () => {
  const plain = [
    "/events: list",
    "/pods/attach: create",
    "/pods/exec: create",
    "/pods: create delete get list watch",
    "/secrets: create delete update",
  ];
  expect(verbs({})).toEqual(plain);
  expect(verbs({ pullSecrets: ["login"] })).toContain("/secrets: create delete get update");
  expect(verbs({ serviceAccount: "deployer" })).toContain("/serviceaccounts: get");
  expect(verbs({ featureFlags: { FF_KUBERNETES_HONOR_ENTRYPOINT: true } })).toContain("/pods/log: get list");
  expect(verbs({ featureFlags: { FF_PRINT_POD_EVENTS: true } })).toContain("/events: list watch");
  expect(verbs({ featureFlags: { FF_PRINT_POD_EVENTS: false } })).toEqual(plain);
  const legacy = { FF_USE_LEGACY_KUBERNETES_EXECUTION_STRATEGY: true };
  expect(verbs({ featureFlags: legacy })).not.toContain("/pods/attach: create");
  expect(verbs({ idle: { pods: 1, priorityClass: "idle" } })).toContain(
    "apps/deployments: create delete get list update",
  );
});

test("nothing reaches jobs and gitlab-runner, and jobs reach listed private addresses alone", () => {
  const [, , ofJobs, ofRunner] = objects({ reachableAddresses: ["10.1.2.3/32"] });
  expect(ofJobs?.spec).not.toHaveProperty("ingress");
  expect(JSON.stringify(ofJobs?.spec?.egress)).toContain('{"ipBlock":{"cidr":"10.1.2.3/32"}}');
  expect(ofRunner?.spec).not.toHaveProperty("ingress");
  const metrics = objects({ metricsFrom: "monitoring" })[3]?.spec?.ingress;
  expect(JSON.stringify(metrics)).toMatch(/"kubernetes.io\/metadata.name":"monitoring".*"port":9252/);
});

describe("a runner whose jobs start sandboxes", () => {
  const change = { sandboxes: { namespace: "ci", apiServer: ["10.0.0.5/32"] } };

  test("has a namespace for them, and an account with the rights of run there alone", () => {
    const found = objects(change);
    expect(found.slice(2).map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name])).toEqual([
      ["Namespace", undefined, "ci"],
      ["NetworkPolicy", "jobs", "jobs"],
      ["NetworkPolicy", "runner", "gitlab-runner"],
      ["ServiceAccount", "runner", "gitlab-runner"],
      ["Role", "jobs", "gitlab-runner"],
      ["RoleBinding", "jobs", "gitlab-runner"],
      ["ServiceAccount", "jobs", "nestbox-run"],
      ["Role", "ci", "nestbox-run"],
      ["RoleBinding", "ci", "nestbox-run"],
    ]);
    const role = found.find(({ kind, metadata }) => kind === "Role" && metadata.namespace === "ci");
    const { rules } = parse(roleManifest("run", "ci")) as { readonly rules: unknown };
    expect(role).toMatchObject({ rules });
    expect(found.at(-1)).toMatchObject({ subjects: [{ name: "nestbox-run", namespace: "jobs" }] });
    expect(verbs(change)).toContain("/serviceaccounts: get");
  });

  test("lets its jobs reach the API server", () => {
    const egress = (settings: Partial<KubernetesRunner>) => JSON.stringify(objects(settings));
    expect(egress(change)).toContain('{"ipBlock":{"cidr":"10.0.0.5/32"}}');
    expect(egress({})).not.toContain("10.0.0.5");
  });

  test("gives the sandboxes the level of Pod Security that their services need", () => {
    const level = (more: Partial<KubernetesRunner>) =>
      objects({ ...change, ...more })[2]?.metadata.labels?.["pod-security.kubernetes.io/enforce"];
    expect(level({})).toBe("baseline");
    expect(level({ jobUser: 1000 })).toBe("baseline");
    expect(level({ privilegedServices: ["docker:dind"] })).toBe("privileged");
  });
});

test("an administrator needs names that do not depend on a stack", () => {
  expect(() =>
    runnerManifest("runners: pods", { name: "pods", tags: ["pods"], executor: "kubernetes" }),
  ).toThrow("runners: pods: an administrator prepares its namespaces by their names; declare both");
});

test("gitlab-runner has its token from a Secret, and drains before its end", () => {
  const { config, deployment } = runnerWorkload(
    { ...RUNNER, replicas: 2, cache: { bucket: "ci" } },
    { jobs: "jobs", manager: "runner" },
    { gitlabUrl: "https://gitlab.test", image: "runner:1", drainSeconds: 90, hasCacheAccount: true },
  );
  const { replicas, strategy, template } = deployment.spec;
  expect({ replicas, strategy }).toMatchObject({
    replicas: 2,
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  });
  expect(template.spec.terminationGracePeriodSeconds).toBe(90);
  const [container] = template.spec.containers;
  expect(container?.lifecycle.preStop.exec.command.join(" ")).toContain("kill -s QUIT 1");
  const secrets = container?.env.filter((variable) => "valueFrom" in variable).map(({ name }) => name);
  expect(secrets).toEqual(["NESTBOX_RUNNER_TOKEN_PODS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
  expect(config.data["config.toml"]).toContain('AuthenticationType = "iam"');
});
