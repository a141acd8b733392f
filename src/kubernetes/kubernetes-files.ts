import { type Loss, lossesOf } from "../losses/losses.ts";
import type { Plan, PlannedJob } from "../model/plan/plan.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { Emission } from "../sandbox/target.ts";
import { type EmittedFile, emittedFile } from "../text/emitted-file.ts";
import { toYaml, type YamlValue } from "../text/yaml.ts";
import { KUBERNETES_FILES } from "./kubernetes-support.ts";
import { lowerJobToKubernetes } from "./lowering/job-run.ts";
import type { KubernetesPlacement, ProjectFile } from "./lowering/kubernetes-placement.ts";
import { type KubernetesObjects, lowerToKubernetes } from "./lowering/lower-to-kubernetes.ts";
import type { AnyManifest } from "./lowering/manifest.ts";
import { requireNoBuilds } from "./lowering/published-images.ts";
import { scopeIn } from "./lowering/sandbox-scope.ts";
import { serviceNames } from "./lowering/service-names.ts";
import type { KubernetesService } from "./lowering/workload.ts";

/** The file beside kustomization.yaml with the secrets. It exists only on the machine of who applies. */
const SECRETS_FILE = "secrets.env";

/**
 * A folder of manifests for each sandbox, with their losses. `kubectl apply --server-side -k` creates the
 * services, and `kubectl create -f` runs a job. Pure.
 * @param plans with all profiles active
 * @param projectFiles the files that services declare, by path
 * @param namespace the one that takes all of them. Default: each has a namespace of its own
 * @throws ConfigurationError for an alias that two of them have in one namespace
 */
export function kubernetesEmission(
  plans: readonly Plan[],
  projectFiles: Readonly<Record<string, readonly ProjectFile[]>>,
  namespace?: string,
): Emission {
  if (namespace !== undefined) requireOwnAliases(plans, namespace);
  const losses = plans.flatMap((plan) => lossesOf(KUBERNETES_FILES, plan, plan));
  return { files: plans.flatMap((plan) => sandboxFiles(plan, projectFiles, losses, namespace)), losses };
}

function sandboxFiles(
  plan: Plan,
  projectFiles: KubernetesPlacement["projectFiles"],
  losses: readonly Loss[],
  namespace: string | undefined,
): readonly EmittedFile[] {
  requireNoBuilds(plan, "push it to a registry of the cluster, and name it in the declaration");
  const placement: KubernetesPlacement = {
    ...scopeIn({ namespace }, plan.sandbox),
    namesByAlias: true,
    // Who applies the files decides by the cluster's own policies.
    privilegedImages: plan.images,
    network: {},
    projectFiles,
  };
  const objects = lowerToKubernetes(plan, placement);
  const { root, bounds, policies, jobServices, volumes } = objects;
  const services = objects.services.map((service) => [
    `services/${service.key}.yaml`,
    serviceFile(plan, service, losses),
  ]);
  const jobs = plan.jobs.map((job) => [`jobs/${job.key}.yaml`, jobFile(plan, job, placement, losses)]);
  const [first, others] = namespace === undefined ? [[root, ...bounds], policies] : [[], [root, ...policies]];
  const heading = comment(losses, [plan.sandbox]);
  const resources: Readonly<Record<string, string>> = {
    ...(first.length > 0 && { "namespace.yaml": documents(first, heading) }),
    "network.yaml": documents([...others, ...jobServices], first.length > 0 ? "" : heading),
    ...(volumes.length > 0 && { "volumes.yaml": documents(volumes) }),
    ...Object.fromEntries(services),
  };
  const files: Readonly<Record<string, string>> = {
    "kustomization.yaml": kustomizationFile(placement.namespace, objects, Object.keys(resources)),
    ...resources,
    ...Object.fromEntries(jobs),
  };
  return Object.entries(files).map(([path, body]) =>
    emittedFile(`kubernetes/${plan.sandbox}/${path}`, `the sandbox "${plan.sandbox}"`, body),
  );
}

/** A Service is named by its alias, and a namespace has one of a name. */
function requireOwnAliases(plans: readonly Plan[], namespace: string): void {
  const named = plans.flatMap((plan) =>
    plan.services.flatMap((service) => serviceNames(plan, service).map((alias) => ({ plan, alias }))),
  );
  for (const { plan, alias } of named) {
    const other = named.find((one) => one.alias === alias && one.plan !== plan);
    if (other !== undefined)
      throw new ConfigurationError(
        `namespace ${namespace}: ${plan.sandbox} and ${other.plan.sandbox} both have the alias "${alias}"; ` +
          "give one of them another alias, or emit them into different namespaces",
      );
  }
}

/** The order of creation: policies before pods, and whatever a pod needs before it. */
const ORDER = [
  "Namespace",
  "ResourceQuota",
  "LimitRange",
  "NetworkPolicy",
  "PersistentVolumeClaim",
  "ConfigMap",
  "Secret",
  "Service",
];

/** https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ */
function kustomizationFile(
  namespace: string,
  { root, secret }: KubernetesObjects,
  resources: readonly string[],
): string {
  const { labels = {} } = root.metadata;
  const kustomization = toYaml({
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    namespace,
    resources,
    sortOptions: { order: "legacy", legacySortOptions: { orderFirst: ORDER, orderLast: [] } },
  });
  if (secret === undefined) return kustomization;
  const ownLabels = Object.entries(labels).filter(([label]) => label.startsWith("nestbox."));
  const generator = toYaml({
    secretGenerator: [{ name: secret.metadata.name, envs: [SECRETS_FILE] }],
    generatorOptions: { disableNameSuffixHash: true, labels: Object.fromEntries(ownLabels) },
  });
  const lines = secret.keys.map((key) => `#   ${key}=…`);
  const heading = `# ${SECRETS_FILE} has a line for each secret. Keep it out of git:`;
  return [`${kustomization}${heading}`, ...lines, generator].join("\n");
}

function serviceFile(
  { sandbox }: Plan,
  { key, configMaps, services, workload }: KubernetesService,
  losses: readonly Loss[],
): string {
  const heading = comment(losses, [sandbox, "services", key]);
  const parts = [documents([...configMaps, ...services]), documents([workload], heading)];
  return parts.filter((part) => part !== "").join("---\n");
}

function jobFile(
  plan: Plan,
  job: PlannedJob,
  placement: KubernetesPlacement,
  losses: readonly Loss[],
): string {
  const lowered = lowerJobToKubernetes(plan, job, placement);
  const run = `# Run it: kubectl create -f ${job.key}.yaml\n`;
  const heading = run + comment(losses, [plan.sandbox, "jobs", job.key]);
  return documents([...lowered.configMaps, lowered.job], heading);
}

/** The losses of one part, as a YAML comment. */
function comment(losses: readonly Loss[], place: readonly string[]): string {
  const path = place.join(".");
  const lines = losses
    .filter((loss) => loss.path.slice(0, loss.path.lastIndexOf(".")) === path)
    .map((loss) => `#   ${loss.path.slice(path.length + 1)}: ${loss.instead}\n`);
  return lines.length === 0 ? "" : `# Not as declared:\n${lines.join("")}`;
}

/** The documents of manifests, with a comment at the top. */
function documents(manifests: readonly AnyManifest[], heading = ""): string {
  return heading + manifests.map((manifest) => toYaml(manifest as unknown as YamlValue)).join("---\n");
}
