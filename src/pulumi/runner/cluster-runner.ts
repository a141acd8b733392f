import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { runnerAccess } from "../../gitlab/cluster-runner/runner-access.ts";
import { declaredNamespaces, runnerNamespaces } from "../../gitlab/cluster-runner/runner-namespaces.ts";
import { runnerWorkload, SECRET_KEYS } from "../../gitlab/cluster-runner/runner-workload.ts";
import { readCaCertificates } from "../../gitlab/runner/ca-certificates.ts";
import { RUNNER_IMAGE } from "../../gitlab/runner/runner-images.ts";
import { milliseconds } from "../../model/duration.ts";
import { LABEL } from "../../model/labels.ts";
import { requireRunners, runnerWarnings } from "../../model/runner/check-runners.ts";
import { ownerOf } from "../../stacks/stack-identity.ts";
import { componentCluster } from "../kubernetes/component-cluster.ts";
import { AWAITED_END, createKubernetesObject, type ObjectArgs } from "../kubernetes/create-object.ts";
import { explain } from "../program-error.ts";
import { programIdentity } from "../program-identity.ts";
import type { ClusterRunnerArgs } from "./cluster-runner-args.ts";
import { registerRunners } from "./gitlab-registration.ts";
import { rolloutGate } from "./rollout-gate.ts";
import { requireFreeNamespaces, runnerOwnerLabel } from "./runner-namespace-owner.ts";

/** GitLab's default timeout of a job. */
const LONGEST_JOB = "1h";

/**
 * A runner in GitLab whose jobs are pods, and the Deployment of gitlab-runner that serves it. A pod of the
 * Deployment that is replaced or removed takes no more jobs, and ends after the running ones.
 *
 * Its account may do only what its settings use, in the namespace of its jobs alone. Jobs get no token of the
 * cluster, and reach neither the API server nor each other.
 *
 * @example
 * new ClusterRunner("pods", {
 *   runner: { name: "pods", tags: ["pods"], executor: "kubernetes" },
 *   gitlabUrl: "https://gitlab.example.com",
 *   scope: { project: 7 },
 * });
 * @throws ConfigurationError before the first child resource, for an invalid runner
 */
export class ClusterRunner extends pulumi.ComponentResource {
  /** The ID of the runner in GitLab. */
  readonly runnerId: pulumi.Output<string>;
  /** The namespaces of gitlab-runner and of its jobs, once it serves jobs. */
  readonly namespaces: pulumi.Output<{ readonly jobs: string; readonly manager: string }>;
  /** The time from which an `up` replaces the token, in ISO 8601. Undefined without a lifetime. */
  readonly tokensReplacedAfter: string | undefined;
  /** The expiry of the token by the runner's name, in ISO 8601, if the provider reports it. */
  readonly tokensEnd: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: ClusterRunnerArgs, options?: pulumi.ComponentResourceOptions) {
    super("nestbox:index:ClusterRunner", name, {}, options);
    const { runner, certificates, cacheAccount, image = RUNNER_IMAGE } = args;
    requireRunners([runner]);
    for (const { path, message } of runnerWarnings([runner])) pulumi.log.warn(`${path}: ${message}`, this);
    const isPrepared = runner.access === "existing";
    const owner = `${ownerOf(programIdentity())}/${name}`;
    const namespaces = isPrepared
      ? declaredNamespaces(`runners: ${runner.name}`, runner)
      : runnerNamespaces(runner, owner);
    const caCertificates =
      certificates === undefined
        ? undefined
        : readCaCertificates(path.resolve(pulumi.getRootDirectory(), certificates));
    const drainSeconds = Math.ceil(milliseconds(args.drain ?? runner.longestJob ?? LONGEST_JOB) / 1000);

    const { provider, context } = componentCluster(this);
    const child = { parent: this, provider };
    const create = (manifest: ObjectArgs & { readonly metadata: object }, before: pulumi.Resource[]) =>
      createKubernetesObject(`${name}_${nameOf(manifest)}`, manifest, { ...child, dependsOn: before });
    const access: pulumi.Resource[] = [];
    if (!isPrepared) {
      const objects = runnerAccess(runner, namespaces);
      const labels = context.apply((known) =>
        requireFreeNamespaces(known, Object.values(namespaces), owner)
          .then(() => ({ [LABEL.kind]: "runner", ...runnerOwnerLabel(owner) }))
          .catch(explain),
      );
      const rooms = objects.namespaces.map(({ metadata, ...manifest }) =>
        createKubernetesObject(
          `${name}_${metadata.name}`,
          {
            ...manifest,
            metadata: { ...metadata, labels: labels.apply((own) => ({ ...metadata.labels, ...own })) },
          },
          child,
        ),
      );
      access.push(...rooms);
      for (const manifest of [...objects.policies, ...objects.account]) access.push(create(manifest, rooms));
    }

    // If the access cannot be created, GitLab has no runner without a Deployment.
    const registered = registerRunners(name, [runner], args, access, this);
    const [[, resource] = []] = registered.runners;
    if (resource === undefined) throw new Error("the runner was not registered");

    const { config, deployment } = runnerWorkload(runner, namespaces, {
      ...{ gitlabUrl: args.gitlabUrl, image, drainSeconds, caCertificates },
      hasCacheAccount: cacheAccount !== undefined,
    });
    const secret = createKubernetesObject(
      `${name}_token`,
      {
        kind: "Secret",
        ...{ apiVersion: "v1", metadata: config.metadata },
        stringData: pulumi.secret({
          [SECRET_KEYS.token]: resource.token,
          ...(cacheAccount !== undefined && {
            [SECRET_KEYS.cacheAccess]: cacheAccount.accessKey,
            [SECRET_KEYS.cacheSecret]: cacheAccount.secretKey,
          }),
        }),
      } as ObjectArgs,
      { ...child, dependsOn: access },
    );
    const files = create(config, access);
    const { template } = deployment.spec;
    // A variable from a Secret never changes in a running container. A new token is that of a new runner.
    const annotations = { ...template.metadata.annotations, "nestbox.runner": resource.id };
    const written = createKubernetesObject(
      name,
      {
        ...deployment,
        spec: {
          ...deployment.spec,
          template: { ...template, metadata: { ...template.metadata, annotations } },
        },
      } as ObjectArgs,
      {
        ...child,
        dependsOn: [...access, secret, files],
        customTimeouts: { delete: `${drainSeconds + 60}s` },
      },
      AWAITED_END,
    );
    const serving = rolloutGate({
      ...{ place: name, context, resource: written, reference: deployment },
      podLabels: template.metadata.labels,
    });

    this.runnerId = resource.id;
    this.namespaces = serving.apply(() => namespaces);
    this.tokensReplacedAfter = registered.tokensReplacedAfter;
    this.tokensEnd = registered.tokensEnd;
    const { runnerId, tokensReplacedAfter, tokensEnd } = this;
    this.registerOutputs({ runnerId, namespaces: this.namespaces, tokensReplacedAfter, tokensEnd });
  }
}

/** The name of an object among the children of a component. */
function nameOf({
  kind,
  metadata,
}: ObjectArgs & { readonly metadata: { readonly namespace?: string } }): string {
  return `${metadata.namespace}-${kind}-${metadata.name}`.toLowerCase();
}
