import { readFileSync } from "node:fs";
import { type Cluster, clusterOf } from "../../kubernetes/api/cluster.ts";
import { readContext } from "../../kubernetes/api/kubeconfig.ts";
import { type ForwardedPort, forwardPort } from "../../kubernetes/api/port-forward.ts";
import { removeAbandonedNamespaces } from "../../kubernetes/direct/remove-abandoned-namespaces.ts";
import { type StartedInCluster, startInCluster } from "../../kubernetes/direct/start-in-cluster.ts";
import { KUBERNETES } from "../../kubernetes/kubernetes-support.ts";
import { projectFileContents } from "../../kubernetes/project-file-contents.ts";
import { certificateBundle } from "../../machine/certificate-bundle.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ownKubeconfig } from "../../setup/provide-cluster.ts";
import { colors } from "../../terminal/colors.ts";
import type { Progress } from "../../terminal/progress.ts";
import { ORPHANED } from "../clean-up/report.ts";
import type { Project } from "../workspace/project.ts";
import { clusterSite } from "./cluster-site.ts";
import type { FreshStart } from "./fresh-sandbox.ts";
import { knowsPolicies, recordPolicies } from "./known-policies.ts";

/** A sandbox to start in a cluster for a command. */
export interface FreshInCluster {
  readonly project: Project;
  readonly plan: Plan;
  readonly progress: Progress;
  /** The context of the kubeconfig. @default that of the settings */
  readonly context?: string | undefined;
  /** Whether a command of this machine uses its ports. */
  readonly forwardsPorts: boolean;
}

/** Starts a sandbox for a command in a cluster. */
export function freshInCluster(fresh: FreshInCluster): FreshStart {
  const { project, plan, progress } = fresh;
  const { namespacePrefix, storageClass, imagePullSecret, ...kubernetes } = project.settings.kubernetes;
  return {
    target: KUBERNETES,
    ...{ plan, progress },
    start: async (secrets, interrupted) => {
      const cluster = await clusterFor(project.folder, fresh.context ?? kubernetes.context);
      await removeAbandoned(cluster, progress);
      const certificates = certificateBundle(process.env);
      const started = await startInCluster({
        ...{ plan, cluster, secrets, project: project.name },
        signal: interrupted,
        knowsPolicies: knowsPolicies(cluster),
        ...(namespacePrefix !== undefined && { namespacePrefix }),
        placement: {
          privilegedImages: project.settings.privilegedImages,
          ...(storageClass !== undefined && { storageClass }),
          ...(imagePullSecret !== undefined && { imagePullSecret }),
          // MTU and registry mirror are those of this machine.
          network: {},
          ...(certificates !== undefined && { certificates: readFileSync(certificates, "utf8") }),
          projectFiles: projectFileContents([plan], project.folder),
        },
      });
      const { placement, watch, isolation, lost, confirm, remove } = started;
      if (isolation === "enforced") recordPolicies(cluster);
      if (isolation === "ignored")
        progress.print(
          `${colors.yellow("!")} Kubernetes context "${cluster.context.name}": its network plugin ignores ` +
            "policies, so the networks of the sandbox are not isolated; use a plugin that enforces them",
        );
      const ports = fresh.forwardsPorts
        ? await forwardPorts(plan, started)
        : new Map<string, ForwardedPort>();
      return {
        site: clusterSite(project.folder, plan, { placement, watch, secrets, lost, confirm, interrupted }),
        hostPort: (service, port) => ports.get(`${service}:${port}`)?.port,
        remove: () => {
          for (const port of ports.values()) port.close();
          return remove();
        },
      };
    },
  };
}

/** The cluster of the kubeconfig, else that of nestbox-airgap if it runs. */
async function clusterFor(folder: string, context: string | undefined): Promise<Cluster> {
  const own = process.env.KUBECONFIG ? undefined : await ownKubeconfig(folder);
  const environment = { ...process.env, ...(own !== undefined && { KUBECONFIG: own }) };
  return clusterOf(readContext(context, environment));
}

/** A failure is a warning: the command itself may do without. */
async function removeAbandoned(cluster: Cluster, progress: Progress): Promise<void> {
  try {
    const removed = await removeAbandonedNamespaces(cluster);
    if (removed.length > 0) progress.print(`${colors.green("✓")} removed ${removed.join(", ")}, ${ORPHANED}`);
  } catch (error) {
    progress.print(`${colors.yellow("!")} ${(error as Error).message}`);
  }
}

/** Forwards a port of this machine to each port of a running service. */
async function forwardPorts(
  plan: Plan,
  { watch: { cluster, namespace }, pods }: StartedInCluster,
): Promise<ReadonlyMap<string, ForwardedPort>> {
  const forwards = plan.services.flatMap(({ key, ports, completesWithin }) =>
    completesWithin === undefined
      ? ports.map(async (port) => {
          const target = { namespace, pod: pods[key] ?? "", port };
          return [`${key}:${port}`, await forwardPort(cluster, target)] as const;
        })
      : [],
  );
  return new Map(await Promise.all(forwards));
}
