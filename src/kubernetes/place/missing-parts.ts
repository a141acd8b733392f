import type { Deployment } from "kubernetes-types/apps/v1.js";
import { type ComponentIdentity, isPartOf, LABEL } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { listObjects } from "../api/objects.ts";
import { scopeLabels, scopeNamed } from "../lowering/sandbox-scope.ts";
import { ownedSandboxes } from "../owner-store.ts";
import type { PlaceInCluster } from "./place-in-cluster.ts";

/** The kinds of the objects that networks and services are. */
const KINDS = [
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "batch/v1", kind: "Job" },
];

/** The planned networks and services of a component that do not exist, such as "service cache". */
export async function missingParts(
  { cluster, tenancy }: PlaceInCluster,
  { networks, services }: Plan,
  component: ComponentIdentity,
): Promise<readonly string[]> {
  const planned = [
    ...networks.map(({ key }) => `network ${key}`),
    ...services.map(({ key }) => `service ${key}`),
  ];
  const roots = await ownedSandboxes(cluster, tenancy, component.owner);
  const root = roots.find((one) => isPartOf(component, one.labels));
  if (root === undefined) return planned.length > 0 ? planned : [tenancy.noun];
  const scope = scopeNamed(root.name);
  const { namespace } = scope;
  const labels = { ...scopeLabels(scope), [LABEL.kind]: "", [LABEL.part]: "" };
  const objects = await Promise.all(
    KINDS.map((kind) => listObjects<Pick<Deployment, "metadata">>(cluster, { ...kind, namespace, labels })),
  );
  const existing = new Set(
    objects
      .flat()
      .map(({ metadata }) => `${metadata?.labels?.[LABEL.kind]} ${metadata?.labels?.[LABEL.part]}`),
  );
  return planned.filter((part) => !existing.has(part));
}
