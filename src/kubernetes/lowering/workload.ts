import { LABEL } from "../../model/labels.ts";
import { commandIn } from "../../model/plan/place-network.ts";
import type { Plan, PlannedService } from "../../model/plan/plan.ts";
import { type Readiness, readyWhen } from "../../model/plan/ready-when.ts";
import { shellWord } from "../../model/shell.ts";
import type { Condition } from "../../model/start-order.ts";
import { aliasServices } from "./alias-services.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";
import type {
  ConfigMapManifest,
  DeploymentManifest,
  JobManifest,
  PodContainer,
  PodTemplate,
  ServiceManifest,
} from "./manifest.ts";
import { objectLabels, objectMetadata, partSelector } from "./object-labels.ts";
import { podFiles } from "./pod-files.ts";
import { podProbes, wholeSeconds } from "./pod-probes.ts";
import { podTemplate } from "./pod-template.ts";
import { createdAfter, dependencies, waitingContainer } from "./start-conditions.ts";

/** The name of a service's own container in its pod. */
export const SERVICE_CONTAINER = "service";

/** A service in a namespace. */
export interface KubernetesService {
  readonly key: string;
  readonly configMap?: ConfigMapManifest;
  /** A Job for a service that completes. */
  readonly workload: DeploymentManifest | JobManifest;
  /** One for each alias. */
  readonly services: readonly ServiceManifest[];
  /** `healthy`: its pod is ready. */
  readonly readiness: Readiness;
  /** The services to wait for before its creation, by key: those that its pod cannot wait for. */
  readonly after: Readonly<Record<string, Condition>>;
}

export function lowerServiceToKubernetes(
  plan: Plan,
  service: PlannedService,
  placement: KubernetesPlacement,
): KubernetesService {
  const attempt = placement.attempts?.[service.key] ?? 0;
  const labels = {
    ...objectLabels(plan, service.key, "service", placement),
    // A Job never runs again: another one does, whose template differs.
    ...(attempt > 0 && { [LABEL.attempt]: String(attempt) }),
  };
  const files = podFiles(plan, service, placement, objectMetadata(placement, `${service.key}-files`, labels));
  const wait = waitingContainer(plan, service, dependencies(plan, service), placement);
  const command = commandIn(placement.network, service);
  const template = podTemplate(plan, service, placement, {
    labels,
    files,
    ...(command && { command }),
    pod: {
      terminationGracePeriodSeconds: wholeSeconds(service.stop.grace),
      ...(service.completesWithin !== undefined && { restartPolicy: "Never" }),
    },
    containerName: SERVICE_CONTAINER,
    container: {
      ...(service.ports.length > 0 && {
        ports: service.ports.map((containerPort) => ({ containerPort })),
      }),
      ...podProbes(service),
      ...stopHook(service),
    },
    folders: [],
    initContainers: wait ? [wait] : [],
  });
  return {
    key: service.key,
    ...(files.configMap && { configMap: files.configMap }),
    workload: workloadManifest(plan, service, placement, template),
    services: aliasServices(plan, service, placement),
    readiness: readyWhen(service),
    after: createdAfter(plan, service),
  };
}

function workloadManifest(
  plan: Plan,
  { key, completesWithin }: PlannedService,
  placement: KubernetesPlacement,
  template: PodTemplate,
): DeploymentManifest | JobManifest {
  const metadata = objectMetadata(placement, key, objectLabels(plan, key, "service", placement));
  if (completesWithin !== undefined) {
    return {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata,
      spec: { backoffLimit: 0, activeDeadlineSeconds: wholeSeconds(completesWithin), template },
    };
  }
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: 1,
      // Two pods of a service would share its volumes and its name.
      strategy: { type: "Recreate" },
      selector: { matchLabels: partSelector(key, "service") },
      template,
    },
  };
}

/** Sends a declared stop signal and waits. SIGTERM follows when process 1 outlives the hook. */
function stopHook({ stop: { signal } }: PlannedService): Pick<PodContainer, "lifecycle"> {
  const name = signal?.replace(/^SIG/, "");
  if (name === undefined || name === "TERM" || name === "15") return {};
  const script = `kill ${shellWord(`-${name}`)} 1 && while kill -0 1; do sleep 1; done`;
  return { lifecycle: { preStop: { exec: { command: ["sh", "-c", script] } } } };
}
