import type { PlaceNetwork } from "../../model/plan/place-network.ts";
import type { Plan } from "../../model/plan/plan.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import type { KubernetesSettings } from "../kubernetes-settings.ts";
import type { PodSettings } from "../pod-settings.ts";
import type { SandboxScope } from "./sandbox-scope.ts";

export interface KubernetesPlacement extends SandboxScope {
  /** The stack that owns the sandbox. Absent in files that others apply. */
  readonly ownership?: Ownership;
  /** Images of services that may be privileged; `*` matches any characters but `/`. */
  readonly privilegedImages: readonly string[];
  /** The class of volumes. @default the cluster's default class */
  readonly storageClass?: string;
  /** The Secret in the namespace with the credentials of registries, or whose they are. @default none */
  readonly imagePullSecret?: KubernetesSettings["imagePullSecret"];
  /** The registry that has the images of builds. @default none: they are refused */
  readonly registry?: string;
  /** Their references in it, by the names of builds. @default the names of their content */
  readonly published?: Readonly<Record<string, string>>;
  /** What the rules of the cluster demand of namespaces and pods. @default nothing */
  readonly pods?: PodSettings;
  readonly network: Pick<PlaceNetwork, "mtu" | "registryMirror">;
  /** The PEM text with authorities that services and jobs trust as well. @default none */
  readonly certificates?: string;
  /** The files below each path of the project that a service declares. */
  readonly projectFiles: Readonly<Record<string, readonly ProjectFile[]>>;
  /**
   * A text for each secret that changes with its value and does not reveal it. Pods with that secret are
   * replaced when it changes.
   * @default none: pods keep the values that they started with
   */
  readonly secretRevisions?: Readonly<Record<string, string>>;
  /**
   * The addresses of the sandbox's Services, by alias. Its pods find them in their hosts file.
   * @default none: in a namespace of its own, DNS has the aliases
   */
  readonly addresses?: Readonly<Record<string, string>>;
  /**
   * Whether aliases are the names of Services in a namespace that is shared, too: files know no addresses.
   * @default false
   */
  readonly namesByAlias?: boolean;
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
