import { readFileSync } from "node:fs";
import { base36Digest, refSlug } from "../../model/names.ts";
import type { PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import type { ConnectRequest, PlaceSettings } from "../../sandbox/target.ts";
import { clusterNetworkFrom } from "../cluster-network.ts";
import type { KubernetesSettings } from "../kubernetes-settings.ts";
import type { KubernetesPlacement } from "../lowering/kubernetes-placement.ts";
import { type SandboxScope, scopeIn } from "../lowering/sandbox-scope.ts";
import { projectFileContents } from "../project-file-contents.ts";
import type { SandboxFacts } from "../sandbox-facts.ts";

/** What a placement in a cluster has of a network. */
type ClusterNetwork = Pick<PlaceNetwork, "certificates" | "registryMirror">;

/** The owner of a component's sandbox. */
export type ComponentOwnership = Ownership & Required<Pick<Ownership, "component">>;

/** The inputs of a component's placement in a cluster. */
export interface ClusterRequest
  extends Pick<KubernetesPlacement, "privilegedImages" | "projectFiles" | "secretRevisions" | "published"> {
  /** The time of a sandbox that exists wins over its `created`. */
  readonly ownership: ComponentOwnership;
  readonly settings: KubernetesSettings;
  readonly network: ClusterNetwork;
  /** @default those of a cluster without the sandbox */
  readonly facts?: SandboxFacts;
}

/** The placement of a component. Reads the certificates' file. */
export function placeInCluster({
  ownership,
  settings,
  network,
  facts = { attempts: {} },
  ...given
}: ClusterRequest): KubernetesPlacement & { readonly ownership: Ownership } {
  return {
    ...scopeOf(ownership, settings),
    ownership: { ...ownership, created: facts.created ?? ownership.created },
    ...clusterProperties(settings, network),
    ...given,
    attempts: facts.attempts,
  };
}

/**
 * What a project and this machine add to its sandboxes in any namespace. Reads files.
 * @throws ConfigurationError for a missing file
 */
export function sharedPlacement(
  { settings, environment, projectFolder, published = {} }: ConnectRequest,
  plans: readonly Plan[],
): Omit<KubernetesPlacement, "namespace" | "ownership"> {
  const own = ownSettings(settings);
  return {
    privilegedImages: settings.privilegedImages,
    ...clusterProperties(own, clusterNetworkFrom(own, environment)),
    published,
    projectFiles: projectFileContents(plans, projectFolder),
  };
}

/** The settings of the target, which kubernetesSettingsFrom has validated. */
export function ownSettings({ own }: Pick<PlaceSettings, "own">): KubernetesSettings {
  return (own ?? {}) as KubernetesSettings;
}

/** What the settings of a cluster and its network add to each placement. Reads the certificates' file. */
export function clusterProperties(
  settings: KubernetesSettings,
  { certificates, ...network }: ClusterNetwork,
): Pick<
  KubernetesPlacement,
  "storageClass" | "imagePullSecret" | "registry" | "pods" | "network" | "certificates"
> {
  const { context: _, namespace: _namespace, namespacePrefix: _prefix, ...more } = settings;
  const { registryMirror: _mirror, ...others } = more;
  const { storageClass, imagePullSecret, registry, ...pods } = others;
  return {
    pods,
    ...(storageClass !== undefined && { storageClass }),
    ...(imagePullSecret !== undefined && { imagePullSecret }),
    ...(registry !== undefined && { registry }),
    network,
    ...(certificates !== undefined && { certificates: readFileSync(certificates, "utf8") }),
  };
}

/** The longest name that a sandbox has without the prefix. */
const LONGEST = 47;

/**
 * The scope of an owner's component. Its name: their names, and six digits that differ among owners.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
export function scopeOf(
  { owner, project, stack, component }: Pick<ComponentOwnership, "owner" | "project" | "stack" | "component">,
  settings: Pick<KubernetesSettings, "namespace" | "namespacePrefix">,
): SandboxScope {
  const { namespacePrefix = "" } = settings;
  const digits = base36Digest(`${owner}/${component}`, 6);
  const slug = refSlug(`${project}-${stack}-${component}`).slice(0, LONGEST - digits.length - 1);
  return scopeIn(settings, `${namespacePrefix}${slug.replace(/-+$/, "")}-${digits}`);
}
