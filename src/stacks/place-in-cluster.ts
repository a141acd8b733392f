import { readFileSync } from "node:fs";
import type { KubernetesPlacement } from "../kubernetes/lowering/kubernetes-placement.ts";
import type { SandboxFacts } from "../kubernetes/sandbox-facts.ts";
import { base36Digest, refSlug } from "../model/names.ts";
import type { PlaceNetwork } from "../model/plan/place-network.ts";
import { isoSeconds } from "../ownership/ownership.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";
import { ownerOf, type StackIdentity, stackOwnership } from "./stack-identity.ts";
import type { StackSettings } from "./stack-settings.ts";

/** What a placement in a cluster has of a network. */
type ClusterNetwork = Pick<PlaceNetwork, "certificates" | "registryMirror">;

/** The inputs of a placement in a cluster. */
export interface ClusterRequest extends Pick<KubernetesPlacement, "projectFiles" | "secretRevisions"> {
  readonly identity: StackIdentity;
  readonly component: string;
  readonly settings: StackSettings;
  /** @default the stack's */
  readonly privilegedImages?: readonly string[];
  readonly network: ClusterNetwork;
  /** @default those of a cluster without the sandbox */
  readonly facts?: SandboxFacts;
  readonly now: Date;
}

/** The placement of a component of a stack in a cluster. Reads the certificates' file. */
export function placeInCluster({
  identity,
  component,
  settings,
  network,
  facts = { attempts: {} },
  now,
  ...given
}: ClusterRequest): KubernetesPlacement {
  return {
    namespace: stackNamespace(identity, component, settings),
    ownership: { ...stackOwnership(identity, settings, facts.created ?? isoSeconds(now)), component },
    privilegedImages: settings.privilegedImages,
    ...clusterProperties(settings.kubernetes, network),
    ...given,
    attempts: facts.attempts,
  };
}

/** What the settings of a cluster and its network add to each placement. Reads the certificates' file. */
export function clusterProperties(
  { storageClass, imagePullSecret }: KubernetesSettings,
  { certificates, ...network }: ClusterNetwork,
): Pick<KubernetesPlacement, "storageClass" | "imagePullSecret" | "network" | "certificates"> {
  return {
    ...(storageClass !== undefined && { storageClass }),
    ...(imagePullSecret !== undefined && { imagePullSecret }),
    network,
    ...(certificates !== undefined && { certificates: readFileSync(certificates, "utf8") }),
  };
}

/** The longest name that a namespace has without the prefix. */
const LONGEST = 47;

/**
 * The namespace of a component of a stack: its names, and six digits that differ among owners.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
export function stackNamespace(
  identity: StackIdentity,
  component: string,
  { kubernetes: { namespacePrefix = "" } }: Pick<StackSettings, "kubernetes">,
): string {
  const { project, stack } = identity;
  const digits = base36Digest(`${ownerOf(identity)}/${component}`, 6);
  const slug = refSlug(`${project}-${stack}-${component}`).slice(0, LONGEST - digits.length - 1);
  return `${namespacePrefix}${slug.replace(/-+$/, "")}-${digits}`;
}
