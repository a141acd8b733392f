import type { Duration } from "../../model/duration.ts";
import { LABEL } from "../../model/labels.ts";
import { nothingLeft } from "../../model/nothing-left.ts";
import { commandIn } from "../../model/plan/place-network.ts";
import type { PlannedService, PlannedServicePart } from "../../model/plan/plan.ts";
import { type Readiness, readyWhen } from "../../model/plan/ready-when.ts";
import { shellWord } from "../../model/shell.ts";
import type { Condition } from "../../model/start-order.ts";
import { aliasServices } from "./alias-services.ts";
import type { PlacedPlan } from "./kubernetes-placement.ts";
import type {
  ConfigMapManifest,
  DeploymentManifest,
  JobManifest,
  PodContainer,
  PodTemplate,
  ServiceManifest,
} from "./manifest.ts";
import { objectHead, objectLabels, partSelector } from "./object-labels.ts";
import { podProbes, wholeSeconds } from "./pod-probes.ts";
import { podTemplate } from "./pod-template.ts";
import { createdAfter, dependencies, waitingContainers } from "./start-conditions.ts";

/** The name of a service's own container in its pod. */
export const SERVICE_CONTAINER = "service";

/** A service in a namespace. */
export interface KubernetesService {
  readonly key: string;
  /** The one with its files. None without files. */
  readonly configMaps: readonly ConfigMapManifest[];
  /** A Job for a service that completes. */
  readonly workload: DeploymentManifest | JobManifest;
  /** One for each alias. */
  readonly services: readonly ServiceManifest[];
  /** `healthy`: its pod is ready. */
  readonly readiness: Readiness;
  /** The services to wait for before its creation, by key: those that its pod cannot wait for. */
  readonly after: Readonly<Record<string, Condition>>;
}

export function lowerServiceToKubernetes(placed: PlacedPlan, service: PlannedService): KubernetesService {
  const { plan, placement } = placed;
  const { key } = service;
  const {
    command,
    dockerDaemon,
    ports,
    probe,
    completesWithin,
    stop,
    workingFolder,
    ...others
  }: PlannedServicePart = service;
  // A pod has all its ports, commands of a machine reach them, and jobs wait for the service by its name.
  const {
    published: _published,
    udpPorts: _udpPorts,
    after: _after,
    clientVariables: _variables,
    remoteProbe: _remote,
    seed: _seed,
    ...rest
  } = others;
  nothingLeft(rest);
  const attempt = placement.attempts?.[key] ?? 0;
  const labels = objectLabels(placed, key, "service");
  const { template, configMaps } = podTemplate(placed, service, {
    path: `${plan.sandbox}.services.${key}`,
    // A Job never runs again: another one does, whose template differs.
    labels: { ...labels, ...(attempt > 0 && { [LABEL.attempt]: String(attempt) }) },
    filesName: `${key}-files`,
    command: commandIn(placement.network, { command, dockerDaemon }),
    pod: {
      terminationGracePeriodSeconds: wholeSeconds(stop.grace),
      ...(completesWithin !== undefined && { restartPolicy: "Never" }),
    },
    containerName: SERVICE_CONTAINER,
    container: {
      ...(ports.length > 0 && { ports: ports.map((containerPort) => ({ containerPort })) }),
      ...(workingFolder !== undefined && { workingDir: workingFolder }),
      ...podProbes(probe, ports),
      ...stopHook(stop),
    },
    initContainers: waitingContainers(placed, service, dependencies(plan, service)),
  });
  return {
    key,
    configMaps,
    workload: workloadManifest(placed, key, completesWithin, template),
    services: aliasServices(placed, service),
    readiness: readyWhen({ probe, completesWithin }),
    after: createdAfter(plan, service),
  };
}

function workloadManifest(
  placed: PlacedPlan,
  key: string,
  completesWithin: Duration | undefined,
  template: PodTemplate,
): DeploymentManifest | JobManifest {
  const labels = objectLabels(placed, key, "service");
  if (completesWithin !== undefined) {
    return {
      ...objectHead(placed, "batch/v1", "Job", key, labels),
      spec: { backoffLimit: 0, activeDeadlineSeconds: wholeSeconds(completesWithin), template },
    };
  }
  return {
    ...objectHead(placed, "apps/v1", "Deployment", key, labels),
    spec: {
      replicas: 1,
      // Two pods of a service would share its volumes and its name.
      strategy: { type: "Recreate" },
      selector: { matchLabels: partSelector(placed.placement, key, "service") },
      template,
    },
  };
}

/** Sends a declared stop signal and waits. SIGTERM follows when process 1 outlives the hook. */
function stopHook({ signal }: PlannedService["stop"]): Pick<PodContainer, "lifecycle"> {
  const name = signal?.replace(/^SIG/, "");
  if (name === undefined || name === "TERM" || name === "15") return {};
  const script = `kill ${shellWord(`-${name}`)} 1 && while kill -0 1; do sleep 1; done`;
  return { lifecycle: { preStop: { exec: { command: ["sh", "-c", script] } } } };
}
