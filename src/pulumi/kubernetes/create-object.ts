import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AnyManifest } from "../../kubernetes/lowering/manifest.ts";

type ObjectKind =
  | AnyManifest["kind"]
  | ("Secret" | "ServiceAccount" | "CronJob")
  | ("Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding");

/** An object as arguments of @pulumi/kubernetes. */
export interface ObjectArgs {
  readonly kind: ObjectKind;
  readonly metadata: {
    readonly name?: string | undefined;
    readonly labels?: pulumi.Input<Readonly<Record<string, string>>> | undefined;
    readonly annotations?: pulumi.Input<Readonly<Record<string, string>> | undefined>;
  };
}

/** An object in a cluster. */
export type KubernetesObject = pulumi.CustomResource & { readonly metadata: pulumi.Output<ObjectMeta> };

type ObjectMeta = k8s.types.output.meta.v1.ObjectMeta;

type ObjectClass = new (
  name: string,
  args: object,
  options: pulumi.CustomResourceOptions,
) => KubernetesObject;

const CLASSES: { readonly [Kind in ObjectKind]: () => ObjectClass } = {
  // Each is loaded at its first use.
  Namespace: () => k8s.core.v1.Namespace,
  ResourceQuota: () => k8s.core.v1.ResourceQuota,
  LimitRange: () => k8s.core.v1.LimitRange,
  NetworkPolicy: () => k8s.networking.v1.NetworkPolicy,
  PersistentVolumeClaim: () => k8s.core.v1.PersistentVolumeClaim,
  ConfigMap: () => k8s.core.v1.ConfigMap,
  Secret: () => k8s.core.v1.Secret,
  ServiceAccount: () => k8s.core.v1.ServiceAccount,
  Role: () => k8s.rbac.v1.Role,
  RoleBinding: () => k8s.rbac.v1.RoleBinding as ObjectClass,
  ClusterRole: () => k8s.rbac.v1.ClusterRole,
  ClusterRoleBinding: () => k8s.rbac.v1.ClusterRoleBinding as ObjectClass,
  Service: () => k8s.core.v1.Service,
  Deployment: () => k8s.apps.v1.Deployment,
  Job: () => k8s.batch.v1.Job,
  CronJob: () => k8s.batch.v1.CronJob,
};

/**
 * The provider would wait ten seconds for a Service and ten minutes for a Deployment that fails, without a
 * line of its output. A replaced object would keep its name until its pods are gone.
 */
const PROVIDER_ANNOTATIONS = {
  "pulumi.com/skipAwait": "true",
  "pulumi.com/deletionPropagationPolicy": "background",
};

/**
 * Annotations with which the provider waits for nothing but the end of an object and its pods, when it
 * removes them.
 */
export const AWAITED_END = {
  "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
  "pulumi.com/deletionPropagationPolicy": "foreground",
};

/**
 * Creates an object as its manifest says.
 * @param awaited what the provider waits for. @default nothing
 */
export function createKubernetesObject(
  name: string,
  { metadata, ...manifest }: ObjectArgs,
  options: pulumi.CustomResourceOptions,
  awaited: Readonly<Record<string, string>> = PROVIDER_ANNOTATIONS,
): KubernetesObject {
  const annotations = pulumi.output(metadata.annotations).apply((found) => ({ ...found, ...awaited }));
  const Class = CLASSES[manifest.kind]();
  return new Class(name, { ...manifest, metadata: { ...metadata, annotations } }, options);
}
