import type { PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Ownership } from "../../ownership/ownership.ts";

export interface KubernetesPlacement {
  /** The namespace, which holds this sandbox and nothing else. */
  readonly namespace: string;
  /** The stack that owns the sandbox. Absent in files that others apply. */
  readonly ownership?: Ownership;
  /** Images of services that may be privileged; `*` matches any characters but `/`. */
  readonly privilegedImages: readonly string[];
  /** The class of volumes. @default the cluster's default class */
  readonly storageClass?: string;
  /** The Secret in the namespace with the credentials of registries. @default none */
  readonly imagePullSecret?: string;
  /** The image of init containers: BusyBox with `sh`, `nc` and `tar`. @default {@link HELPER_IMAGE} */
  readonly helperImage?: string;
  readonly network: Pick<PlaceNetwork, "mtu" | "registryMirror">;
  /** The PEM text with authorities that jobs and Docker daemons trust as well. @default none */
  readonly certificates?: string;
  /** The files below each path of the project that a service declares. */
  readonly projectFiles: Readonly<Record<string, readonly ProjectFile[]>>;
  /**
   * A text for each secret that changes with its value and does not reveal it. Pods with that secret are
   * replaced when it changes.
   * @default none: pods keep the values that they started with
   */
  readonly secretRevisions?: Readonly<Record<string, string>>;
  /** The number of replacements of each failed service that completes, by key. @default none */
  readonly attempts?: Readonly<Record<string, number>>;
}

/** A plan, and the place of its sandbox. */
export interface PlacedPlan {
  readonly plan: Plan;
  readonly placement: KubernetesPlacement;
}

/** A file of the project with its content. */
export interface ProjectFile {
  /** Relative to the declared path, with slashes. Empty for the declared path itself. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

/** The default image of init containers. */
export const HELPER_IMAGE = "alpine:3.19";
