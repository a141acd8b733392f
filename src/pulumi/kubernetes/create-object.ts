import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { AnyManifest } from "../../kubernetes/lowering/manifest.ts";

type ObjectKind = AnyManifest["kind"] | "Secret";

/** An object as arguments of @pulumi/kubernetes. */
export interface ObjectArgs {
  readonly kind: ObjectKind;
  readonly metadata: {
    readonly name?: string | undefined;
    readonly annotations?: pulumi.Input<Readonly<Record<string, string>> | undefined>;
  };
}

/** An object of a sandbox. */
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
  Service: () => k8s.core.v1.Service,
  Deployment: () => k8s.apps.v1.Deployment,
  Job: () => k8s.batch.v1.Job,
};

/**
 * The provider would wait ten seconds for a Service and ten minutes for a Deployment that fails, without a
 * line of its output. A replaced object would keep its name until its pods are gone.
 */
const PROVIDER_ANNOTATIONS = {
  "pulumi.com/skipAwait": "true",
  "pulumi.com/deletionPropagationPolicy": "background",
};

/** Creates an object as its manifest says. The provider does not wait for it. */
export function createKubernetesObject(
  name: string,
  { metadata, ...manifest }: ObjectArgs,
  options: pulumi.CustomResourceOptions,
): KubernetesObject {
  const annotations = pulumi
    .output(metadata.annotations)
    .apply((found) => ({ ...found, ...PROVIDER_ANNOTATIONS }));
  const Class = CLASSES[manifest.kind]();
  return new Class(name, { ...manifest, metadata: { ...metadata, annotations } }, options);
}
