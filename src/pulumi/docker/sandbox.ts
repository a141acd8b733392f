import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../docker/host.ts";
import { imageVariable } from "../../model/image-variable.ts";
import type { Plan, PlannedService } from "../../model/plan.ts";
import { labelList } from "./label-list.ts";
import { createNetwork } from "./network.ts";
import { bindSecrets, requireSecrets, type SecretValues } from "./secrets.ts";
import { type CreatedService, createService, requireProviderSupport } from "./service.ts";
import { uploadsOf } from "./uploads.ts";

/** What a sandbox on a Docker engine is made from. */
export interface DockerSandboxArgs {
  /** What to make. It is plain data: only secrets are bound late. */
  readonly plan: Plan;
  /** The values of the secrets that the plan names. @default none */
  readonly secrets?: SecretValues;
  /** The folder from which a declaration's file paths count. @default the working folder */
  readonly projectFolder?: string;
  /**
   * The engine that the component's provider creates resources on. The component asks it whether the services
   * are ready. Name it whenever you give the component a provider for another engine.
   * @default the one that the docker command would use
   */
  readonly engine?: DockerHost;
}

/** How a service is reached. */
export interface ServiceEndpoint {
  /** The name of its container. */
  readonly container: string;
  /** The names by which containers on its networks reach it. */
  readonly aliases: readonly string[];
  /** Addresses on the loopback of the engine's machine, by port of the container. Only what is published. */
  readonly published: Readonly<Record<string, string>>;
}

/**
 * A sandbox as Docker resources: its networks, volumes and images, and its services in the declared order,
 * each once those that it comes after are ready.
 *
 * @example
 * const { plans, release } = await planSandboxes([snake]);
 * const made = plans.map((plan) => new DockerSandbox(plan.sandbox, { plan }));
 * pulumi.all(made.map(({ networksCreated }) => networksCreated)).apply(release);
 * @throws ConfigurationError before its first resource, for a secret without a value, a file that is not
 * there, and what Pulumi's Docker provider cannot create
 */
export class DockerSandbox extends pulumi.ComponentResource {
  /**
   * The names of the Docker networks, by key. Like all outputs, they are there once all services are ready.
   */
  readonly networks: pulumi.Output<Record<string, string>>;
  /** How each service is reached, by key. */
  readonly services: pulumi.Output<Record<string, ServiceEndpoint>>;
  /** Resolves as soon as the engine has the networks. */
  readonly networksCreated: pulumi.Output<unknown>;

  constructor(name: string, args: DockerSandboxArgs, options?: pulumi.ComponentResourceOptions) {
    const { plan, secrets = {}, projectFolder = process.cwd(), engine } = args;
    requireSecrets(plan.services, secrets);
    for (const service of plan.services) requireProviderSupport(service, plan.sandbox);
    const bind = bindSecrets(secrets);
    const uploads = new Map(
      plan.services.map((service) => [service.key, uploadsOf(service, projectFolder, bind)]),
    );
    super("nestbox:index:DockerSandbox", name, {}, options);
    const child = { parent: this };

    const networks = new Map(plan.networks.map((network) => [network.key, createNetwork(network, child)]));
    const volumes = new Map(plan.volumes.map((volume) => [volume.key, createVolume(volume)]));
    const images = new Map(imagesOf(plan).map((image) => [image, createImage(image)]));
    const created = new Map<string, CreatedService>();
    for (const service of plan.services) created.set(service.key, createServiceOf(service));

    const names = byKey(networks, (network) => network.name);
    const ready = pulumi.all([...created.values()].map((service) => service.ready));
    this.networksCreated = names;
    this.networks = pulumi.all([names, ready]).apply(([found]) => found);
    this.services = pulumi.all(
      Object.fromEntries(plan.services.map((service) => [service.key, endpointOf(service, created, ready)])),
    );
    this.registerOutputs({ networks: this.networks, services: this.services });

    function createVolume({ name: volumeName, labels }: Plan["volumes"][number]): docker.Volume {
      return new docker.Volume(volumeName, { labels: labelList(labels) }, child);
    }

    function createImage(image: string): docker.RemoteImage {
      // Other stacks may use the same image: it stays when this one goes.
      return new docker.RemoteImage(
        `${plan.stack}_${plan.sandbox}_${image}`,
        { name: image, keepLocally: true },
        child,
      );
    }

    function createServiceOf(service: PlannedService): CreatedService {
      const image = images.get(service.image) as docker.RemoteImage;
      const before = Object.keys(service.after).map((key) => (created.get(key) as CreatedService).ready);
      const parts = { sandbox: plan.sandbox, image, networks, volumes, bind, engine };
      const files = uploads.get(service.key) ?? [];
      return createService(
        service,
        { ...parts, uploads: files },
        { ...child, dependsOn: pulumi.output(before) },
      );
    }
  }

  /** What depends on the sandbox waits until this is done. */
  protected override async initialize(): Promise<void> {
    // In a preview outputs may stay unknown for ever.
    if (pulumi.runtime.isDryRun()) return;
    // The constructor of the base class calls this before there are fields.
    await Promise.resolve();
    await new Promise((resolve) => this.services.apply(resolve));
  }
}

function byKey<Part, Value>(
  parts: ReadonlyMap<string, Part>,
  value: (part: Part) => pulumi.Input<Value>,
): pulumi.Output<Record<string, Value>> {
  const entries = [...parts].map(([key, part]) => [key, value(part)] as const);
  return pulumi.all(Object.fromEntries(entries)) as pulumi.Output<Record<string, Value>>;
}

/**
 * The images of its services, and of its jobs, which would otherwise be pulled while somebody waits for a job
 * to start.
 */
function imagesOf({ services, jobs }: Plan): readonly string[] {
  const images = [...services, ...jobs].map(({ image }) => image);
  // A variable stands for an image that a job makes.
  return [...new Set(images)].filter((image) => imageVariable(image) === undefined);
}

function endpointOf(
  { key, aliases, ports }: PlannedService,
  created: ReadonlyMap<string, CreatedService>,
  ready: pulumi.Output<unknown>,
): pulumi.Output<ServiceEndpoint> {
  const { container } = created.get(key) as CreatedService;
  return pulumi.all([container.name, container.ports, ready]).apply(([name, published = []]) => ({
    container: name,
    aliases,
    published: Object.fromEntries(
      ports.map(({ container: internal }) => {
        const port = published.find((candidate) => candidate.internal === internal);
        return [String(internal), `127.0.0.1:${port?.external ?? "?"}`];
      }),
    ),
  }));
}
