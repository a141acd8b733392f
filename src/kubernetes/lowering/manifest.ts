import type { Deployment } from "kubernetes-types/apps/v1.js";
import type { Job } from "kubernetes-types/batch/v1.js";
import type {
  ConfigMap,
  Container,
  EnvVar,
  LimitRange,
  Namespace,
  PersistentVolumeClaim,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceQuota,
  Service,
  Volume,
  VolumeMount,
} from "kubernetes-types/core/v1.js";
import type { NetworkPolicy } from "kubernetes-types/networking/v1.js";

export type Immutable<Value> = { readonly [Key in keyof Value]: Immutable<Value[Key]> };

/** An object of the Kubernetes API, as a client creates it. */
type Manifest<Kind> = Immutable<
  Kind & Required<Pick<Kind, Extract<keyof Kind, "apiVersion" | "kind" | "metadata" | "spec">>>
>;

export type NamespaceManifest = Manifest<Omit<Namespace, "spec" | "status">>;
export type NetworkPolicyManifest = Manifest<NetworkPolicy>;
export type ConfigMapManifest = Manifest<ConfigMap>;
export type ServiceManifest = Manifest<Service>;
export type DeploymentManifest = Manifest<Deployment>;
export type JobManifest = Manifest<Job>;

/** Any object that a sandbox consists of. */
export type AnyManifest =
  | NamespaceManifest
  | Manifest<ResourceQuota>
  | Manifest<LimitRange>
  | NetworkPolicyManifest
  | Manifest<PersistentVolumeClaim>
  | ConfigMapManifest
  | ServiceManifest
  | DeploymentManifest
  | JobManifest;

export type PodTemplate = Immutable<PodTemplateSpec>;
export type Pod = Immutable<PodSpec>;
export type PodContainer = Immutable<Container>;
export type PodVolume = Immutable<Volume>;
export type PodMount = Immutable<VolumeMount>;
export type PodVariable = Immutable<EnvVar>;
export type PodProbe = Immutable<Probe>;
