import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesContext } from "../../kubernetes/api/kubeconfig.ts";
import type { KubernetesPlacement } from "../../kubernetes/lowering/kubernetes-placement.ts";
import { lowerToKubernetes, secretManifest } from "../../kubernetes/lowering/lower-to-kubernetes.ts";
import { pullSecretManifest } from "../../kubernetes/lowering/pull-secret.ts";
import type { KubernetesService } from "../../kubernetes/lowering/workload.ts";
import { aliasAddresses } from "../../kubernetes/place/alias-addresses.ts";
import { placeInCluster } from "../../kubernetes/place/placement.ts";
import { REVISION_KEY } from "../../kubernetes/sandbox-facts.ts";
import { newRevisionKey, secretRevisions } from "../../kubernetes/secret-revisions.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { registryLogins } from "../../registry/registry-logins.ts";
import { explain, explaining } from "../program-error.ts";
import { missing } from "../sandbox/address-outputs.ts";
import { inactiveService } from "../sandbox/component-arguments.ts";
import type { SandboxArgs } from "../sandbox/sandbox-args.ts";
import { buildsInRegistry } from "./builds-in-registry.ts";
import { clusterFacts } from "./cluster-facts.ts";
import { type ClusterServiceOutputs, clusterServiceOutputs } from "./cluster-service-outputs.ts";
import { componentCluster } from "./component-cluster.ts";
import {
  AWAITED_END,
  createKubernetesObject,
  type KubernetesObject,
  type ObjectArgs,
} from "./create-object.ts";
import { podGate } from "./pod-gate.ts";
import { type PreparedClusterSandbox, prepareClusterSandbox } from "./prepare-cluster-sandbox.ts";

/** The arguments of a {@link KubernetesSandbox}. The stack's settings have the defaults. */
export type KubernetesSandboxArgs<Connections = Readonly<Record<string, unknown>>> = SandboxArgs<Connections>;

/**
 * A sandbox in a Kubernetes cluster, in a namespace of its own or inside the one of the stack's settings:
 * policies, volumes, a Secret, and the services. Resources that depend on the component wait for all of its
 * services.
 *
 * The component is made on the cluster of its provider. Its children have its name, and everything in the
 * cluster has it as a label, so that a program may have several components of one sandbox.
 *
 * @example
 * const shop = new KubernetesSandbox("shop", { sandbox: declared });
 * export const url = shop.services.database.url;
 * @throws ProgramError before the first resource, for a wrong argument or setting, a secret without a value,
 * a missing file, and a property that Kubernetes would refuse
 */
export class KubernetesSandbox<
  Connections = Readonly<Record<string, unknown>>,
> extends pulumi.ComponentResource {
  /** The namespace, once the sandbox is in it. */
  readonly namespace: pulumi.Output<string>;
  /** The outputs of the services, by key. Reading those of an inactive service throws a ProgramError. */
  readonly services: { readonly [Key in keyof Connections]: ClusterServiceOutputs<Connections[Key]> };
  /** Resolves once all services are ready. */
  private readonly ready: pulumi.Output<unknown>;

  /**
   * @param name letters, digits, `_`, `.` and `-`
   * @param options `provider: new k8s.Provider(…)` for another cluster; `transforms` for other properties of
   * the children
   */
  constructor(
    name: string,
    args: KubernetesSandboxArgs<Connections>,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const prepared = explaining(() => prepareClusterSandbox(name, args));
    super("nestbox:index:KubernetesSandbox", name, {}, options);
    const { sandbox, plan, placement, objects, secrets, bind, projectFolder } = prepared;
    const { provider, context } = componentCluster(this);
    const child = { parent: this, provider };
    // What is in the cluster decides annotations and labels, and nothing else.
    const actual = actualObjects(context, prepared);

    const { metadata, ...head } = objects.root;
    const annotations = actual.apply((found) => found.objects.root.metadata.annotations);
    const annotated = { ...head, metadata: { ...metadata, annotations } };
    const root = createKubernetesObject(name, annotated, child);
    // A namespace of its own takes everything with it. Else the policies go after the last pod.
    const takesAll = head.kind === "Namespace";
    const inside = { ...child, dependsOn: [root], ...(takesAll && { deletedWith: root }) };
    const create = (manifest: ObjectArgs, options: pulumi.CustomResourceOptions = inside) =>
      createKubernetesObject(`${name}_${manifest.metadata.name}`, manifest, options);

    const { bounds, policies, volumes, secret, pullSecret, jobServices } = objects;
    const before = [...bounds, ...policies, ...volumes].map((manifest) => create(manifest));
    if (secret) {
      const keys = [...secret.keys, REVISION_KEY];
      const revisionKey = pulumi.secret(actual.apply((found) => found.revisionKey));
      before.push(create(secretManifest({ ...secret, keys }, { ...secrets, [REVISION_KEY]: revisionKey })));
    }
    if (pullSecret) {
      const logins = registryLogins(pullSecret.images, { environment: process.env }).catch(explain);
      before.push(create(pullSecretManifest(pullSecret, pulumi.secret(logins))));
    }
    for (const service of jobServices) create(service);
    const aliases = new Map(
      objects.services.flatMap(({ services }) => services).map((one) => [one.metadata.name, create(one)]),
    );
    const addresses = takesAll ? pulumi.output({}) : addressesOf(plan, placement, aliases);
    const published = buildsInRegistry(plan, placement.registry, projectFolder, this);
    const gate = podGate(context, placement, plan);
    const ready = new Map<string, pulumi.Output<unknown>>();
    for (const service of objects.services) ready.set(service.key, createService(service));

    this.ready = pulumi.all([...ready.values()]);
    this.namespace = root.metadata.apply(() => placement.namespace);
    this.services = outputsOfServices() as KubernetesSandbox<Connections>["services"];
    this.registerOutputs({ namespace: this.namespace, services: this.services });

    function createService(service: KubernetesService): pulumi.Output<unknown> {
      const { key, configMaps, services } = service;
      const after = pulumi.all(Object.keys(service.after).map((other) => ready.get(other)));
      const own = configMaps.map((manifest) => create(manifest));
      const named = services.flatMap((one) => aliases.get(one.metadata.name) ?? []);
      const workload = createKubernetesObject(
        `${name}_${service.workload.metadata.name}`,
        workloadArgs(service),
        {
          ...inside,
          dependsOn: pulumi.all([after]).apply(() => [...before, ...own, ...named]),
          deleteBeforeReplace: true,
        },
        takesAll ? undefined : AWAITED_END,
      );
      return gate({ place: `${name}.services.${key}`, service, workload, after });
    }

    function workloadArgs({ key, workload }: KubernetesService): ObjectArgs & { readonly spec: object } {
      const metadata = actual.apply((found) => {
        const service = found.objects.services.find((one) => one.key === key);
        return service?.workload.spec.template.metadata;
      });
      const { spec } = workload;
      const { template } = spec;
      const podWith = (known: Pick<KubernetesPlacement, "addresses" | "published">) =>
        lowerToKubernetes(plan, { ...placement, ...known }).services.find((one) => one.key === key)?.workload
          .spec.template.spec;
      const hostAliases = addresses.apply((found) => podWith({ addresses: found })?.hostAliases);
      const containers = published.apply((found) => podWith({ published: found })?.containers);
      const pod = { ...template.spec, hostAliases, containers };
      return { ...workload, spec: { ...spec, template: { ...template, metadata, spec: pod } } };
    }

    function outputsOfServices(): Readonly<Record<string, ClusterServiceOutputs>> {
      const outputs: Record<string, ClusterServiceOutputs> = {};
      for (const [key, declared] of Object.entries(sandbox.services)) {
        const place = `${name}.services.${key}`;
        const service = objects.services.find((one) => one.key === key);
        const isReady = ready.get(key);
        if (service && isReady) {
          const aliases = service.services.map(({ metadata }) => metadata.name ?? "");
          outputs[key] = clusterServiceOutputs({ place, declared, aliases, ready: isReady, bind });
        } else missing(outputs, key, `${place}: ${inactiveService(declared)}`);
      }
      return outputs;
    }
  }

  /** Resources that depend on the sandbox wait until this resolves. */
  protected override async initialize(): Promise<void> {
    // In a preview some outputs never resolve.
    if (pulumi.runtime.isDryRun()) return;
    // The base class calls this in its constructor, before the fields are set.
    await Promise.resolve();
    await new Promise((resolve) => this.ready.apply(resolve));
  }
}

/** The addresses of a sandbox's aliases, once its Services are there. */
function addressesOf(
  plan: Plan,
  placement: KubernetesPlacement,
  aliases: ReadonlyMap<string | undefined, KubernetesObject>,
): pulumi.Output<Readonly<Record<string, string>>> {
  const names = [...aliases.keys()];
  const specs = [...aliases.values()].map((service) => (service as k8s.core.v1.Service).spec.clusterIP);
  return pulumi
    .all(specs)
    .apply((found) => aliasAddresses(plan, placement, (name) => found[names.indexOf(name)]));
}

/** The objects of a sandbox for what its cluster has of it. */
function actualObjects(context: pulumi.Output<KubernetesContext>, prepared: PreparedClusterSandbox) {
  const { plan, request, secrets } = prepared;
  const found = context.apply((known) => clusterFacts(known, prepared).catch(explain));
  // A revision does not reveal its secret.
  return pulumi.unsecret(
    pulumi.all([found, secrets]).apply(([facts, values]) => {
      const revisionKey = facts.revisionKey ?? newRevisionKey();
      const revisions = secretRevisions(values, revisionKey);
      const placement = placeInCluster({ ...request, facts, secretRevisions: revisions });
      return { objects: lowerToKubernetes(plan, placement), revisionKey };
    }),
  );
}
