import * as pulumi from "@pulumi/pulumi";
import { cleanUpObjects } from "../../kubernetes/clean-up/clean-up-objects.ts";
import { uniqueName } from "../../model/names.ts";
import { ownerOf } from "../../stacks/stack-identity.ts";
import { componentCluster } from "../kubernetes/component-cluster.ts";
import { createKubernetesObject, type ObjectArgs } from "../kubernetes/create-object.ts";
import { programIdentity } from "../program-identity.ts";
import type { ClusterCleanUpSettings } from "./clean-up-settings.ts";

/**
 * A CronJob that runs `nestbox gc --yes` in its cluster at an interval. It has no state and no secret: by the
 * labels in the cluster it removes the expired resources of all projects and stacks. Its account may do what
 * that command does, and nothing else.
 */
export class ClusterCleanUp extends pulumi.ComponentResource {
  /** The namespace of the CronJob, and its name. */
  readonly cronJob: pulumi.Output<{ readonly namespace: string; readonly name: string }>;

  /** @param sandboxes the namespace that takes all sandboxes. @default each sandbox has one of its own */
  constructor(
    name: string,
    settings: ClusterCleanUpSettings & { readonly sandboxes?: string | undefined },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("nestbox:index:ClusterCleanUp", name, {}, options);
    const digits = uniqueName(`${ownerOf(programIdentity())}/${name}`).slice(-6);
    const own = `nestbox-clean-up-${digits}`;
    const { namespaces, sharedNamespaces, others } = cleanUpObjects({ ...settings, name: own });
    const child = { parent: this, provider: componentCluster(this).provider };
    const create = (object: ObjectArgs, more: pulumi.CustomResourceOptions = {}) =>
      createKubernetesObject(`${name}_${nameOf(object)}`, object, { ...child, ...more });
    const rooms = [
      ...namespaces.map((one) => create(one)),
      // Others have their leases there. It may exist, and stays.
      ...sharedNamespaces.map((one) => create(one, { retainOnDelete: true })),
    ];
    const created = others.map((object) => create(object as ObjectArgs, { dependsOn: rooms }));
    const namespace = settings.sandboxes ?? own;
    this.cronJob = pulumi.all(created.map(({ id }) => id)).apply(() => ({ namespace, name: own }));
    this.registerOutputs({ cronJob: this.cronJob });
  }
}

/** The name of an object among the children of the component. */
function nameOf({ kind, metadata }: ObjectArgs): string {
  return `${kind}-${metadata.name}`.toLowerCase();
}
