import { readFileSync } from "node:fs";
import type { KubernetesPlacement, ProjectFile } from "../kubernetes/lowering/kubernetes-placement.ts";
import type { SandboxFacts } from "../kubernetes/sandbox-facts.ts";
import { base36Digest, refSlug } from "../model/names.ts";
import type { PlaceNetwork } from "../model/plan/place-network.ts";
import { isoSeconds } from "../ownership/ownership.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";
import { ownerOf, type StackIdentity } from "./stack-identity.ts";
import type { StackSettings } from "./stack-settings.ts";

/** What a placement in a cluster has of a network. */
type ClusterNetwork = Pick<PlaceNetwork, "certificates" | "registryMirror">;

/** The inputs of a placement in a cluster. */
export interface ClusterRequest {
  readonly identity: StackIdentity;
  readonly component: string;
  readonly settings: StackSettings;
  /** @default the stack's */
  readonly privilegedImages?: readonly string[];
  readonly network: ClusterNetwork;
  readonly projectFiles: Readonly<Record<string, readonly ProjectFile[]>>;
  /** @default those of a cluster without the sandbox */
  readonly facts?: SandboxFacts;
  readonly secretRevisions?: Readonly<Record<string, string>>;
  readonly now: Date;
}

/** The placement of a component of a stack in a cluster. Reads the certificates' file. */
export function placeInCluster({
  identity,
  component,
  settings,
  privilegedImages = settings.privilegedImages,
  network,
  projectFiles,
  facts = { attempts: {} },
  secretRevisions = {},
  now,
}: ClusterRequest): KubernetesPlacement {
  return {
    namespace: stackNamespace(identity, component, settings),
    ownership: {
      owner: ownerOf(identity),
      project: identity.project,
      stack: identity.stack,
      component,
      branch: settings.branch,
      created: facts.created ?? isoSeconds(now),
      timeToLive: settings.timeToLive,
    },
    privilegedImages,
    ...clusterProperties(settings.kubernetes, network),
    projectFiles,
    secretRevisions,
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
