import { KUBERNETES_FILES } from "../kubernetes/kubernetes-support.ts";
import { lowerJobToKubernetes } from "../kubernetes/lowering/job-run.ts";
import type { KubernetesPlacement, ProjectFile } from "../kubernetes/lowering/kubernetes-placement.ts";
import { type KubernetesObjects, lowerToKubernetes } from "../kubernetes/lowering/lower-to-kubernetes.ts";
import type { AnyManifest } from "../kubernetes/lowering/manifest.ts";
import type { KubernetesService } from "../kubernetes/lowering/workload.ts";
import { type Loss, lossesOf } from "../losses/losses.ts";
import type { Plan, PlannedJob } from "../model/plan/plan.ts";
import { toYaml, type YamlValue } from "../text/yaml.ts";
import type { Emission } from "./emission.ts";
import { type EmittedFile, emittedFile } from "./emitted-file.ts";

/** The folder of the emitted manifests. Emit touches no other file in it. */
export const KUBERNETES_FOLDERS = [{ folder: "kubernetes", extension: ".yaml" }] as const;

/** The file beside kustomization.yaml with the secrets. It exists only on the machine of who applies. */
const SECRETS_FILE = "secrets.env";

/**
 * A folder of manifests for each sandbox, with their losses. `kubectl apply --server-side -k` creates the
 * services, and `kubectl create -f` runs a job. Pure.
 * @param plans with all profiles active
 * @param projectFiles the files that services declare, by path
 */
export function kubernetesEmission(
  plans: readonly Plan[],
  projectFiles: Readonly<Record<string, readonly ProjectFile[]>>,
): Emission {
  const losses = plans.flatMap((plan) => lossesOf(KUBERNETES_FILES, plan, plan));
  return { files: plans.flatMap((plan) => sandboxFiles(plan, projectFiles, losses)), losses };
}

function sandboxFiles(
  plan: Plan,
  projectFiles: KubernetesPlacement["projectFiles"],
  losses: readonly Loss[],
): readonly EmittedFile[] {
  const placement: KubernetesPlacement = {
    namespace: plan.sandbox,
    // Who applies the files decides by the cluster's own policies.
    privilegedImages: plan.images,
    network: {},
    projectFiles,
  };
  const objects = lowerToKubernetes(plan, placement);
  const { namespace, bounds, policies, jobServices, volumes } = objects;
  const services = objects.services.map((service) => [
    `services/${service.key}.yaml`,
    serviceFile(plan, service, losses),
  ]);
  const jobs = plan.jobs.map((job) => [`jobs/${job.key}.yaml`, jobFile(plan, job, placement, losses)]);
  const resources: Readonly<Record<string, string>> = {
    "namespace.yaml": documents([namespace, ...bounds], comment(losses, [plan.sandbox])),
    "network.yaml": documents([...policies, ...jobServices]),
    ...(volumes.length > 0 && { "volumes.yaml": documents(volumes) }),
    ...Object.fromEntries(services),
  };
  const files: Readonly<Record<string, string>> = {
    "kustomization.yaml": kustomizationFile(objects, Object.keys(resources)),
    ...resources,
    ...Object.fromEntries(jobs),
  };
  return Object.entries(files).map(([path, body]) =>
    emittedFile(`kubernetes/${plan.sandbox}/${path}`, `the sandbox "${plan.sandbox}"`, body),
  );
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
function kustomizationFile({ namespace, secret }: KubernetesObjects, resources: readonly string[]): string {
  const { name = "", labels = {} } = namespace.metadata;
  const kustomization = toYaml({
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    namespace: name,
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
