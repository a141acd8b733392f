import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../docker/host.ts";
import type { DockerObjects, DockerVolume } from "../../docker/lowering/sandbox.ts";
import type { DockerService } from "../../docker/lowering/service.ts";
import { requireProviderSupport } from "./container-args.ts";
import { labelList } from "./label-list.ts";
import { createNetwork } from "./network.ts";
import { bindSecrets, requireSecrets, type SecretValues } from "./secrets.ts";
import { type CreatedService, createService } from "./service.ts";
import { uploadsOf } from "./uploads.ts";

/** What a sandbox on a Docker engine is made from. */
export interface DockerSandboxArgs {
  /** What to create. It is plain data: only secrets are bound late. */
  readonly objects: DockerObjects;
  /** The values of the secrets that the objects name. @default none */
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
 * const { sandboxes, release } = await planSandboxes([snake]);
 * const created = sandboxes.map((objects) => new DockerSandbox(objects.sandbox, { objects }));
 * pulumi.all(created.map(({ networksCreated }) => networksCreated)).apply(release);
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
    const { objects, secrets = {}, projectFolder = process.cwd(), engine } = args;
    const { sandbox, services } = objects;
    requireSecrets(services, secrets);
    for (const service of services) requireProviderSupport(placeOf(service), service);
    const bind = bindSecrets(secrets);
    const uploads = new Map(
      services.map((service) => [service.key, uploadsOf(service, projectFolder, bind)]),
    );
    super("nestbox:index:DockerSandbox", name, {}, options);
    const child = { parent: this };

    const networks = new Map(objects.networks.map((network) => [network.key, createNetwork(network, child)]));
    const volumes = new Map(objects.volumes.map((volume) => [volume.key, createVolume(volume)]));
    const images = new Map(objects.images.map((image) => [image, createImage(image)]));
    const actualNames = new Map([
      ...objects.networks.map(({ key, body }) => [body.Name, networks.get(key)?.name] as const),
      ...objects.volumes.map(({ key, body }) => [body.Name, volumes.get(key)?.name] as const),
    ]);
    const created = new Map<string, CreatedService>();
    for (const service of services) created.set(service.key, createServiceOf(service));

    const names = byKey(networks, (network) => network.name);
    const ready = pulumi.all([...created.values()].map((service) => service.ready));
    this.networksCreated = names;
    this.networks = pulumi.all([names, ready]).apply(([found]) => found);
    this.services = pulumi.all(
      Object.fromEntries(services.map((service) => [service.key, endpointOf(service, created, ready)])),
    );
    this.registerOutputs({ networks: this.networks, services: this.services });

    function placeOf({ key }: DockerService): string {
      return `${sandbox}.services.${key}`;
    }

    function createVolume({ body }: DockerVolume): docker.Volume {
      return new docker.Volume(body.Name, { labels: labelList(body.Labels) }, child);
    }

    function createImage(image: string): docker.RemoteImage {
      // Other stacks may use the same image: it stays when this one goes.
      return new docker.RemoteImage(
        `${objects.stack}_${sandbox}_${image}`,
        { name: image, keepLocally: true },
        child,
      );
    }

    function createServiceOf(service: DockerService): CreatedService {
      const image = images.get(service.body.Image) as docker.RemoteImage;
      const before = Object.keys(service.after).map((key) => (created.get(key) as CreatedService).ready);
      const parts = {
        place: placeOf(service),
        imageId: image.imageId,
        nameOf: (planned: string) => actualNames.get(planned) as pulumi.Output<string>,
        uploads: uploads.get(service.key) ?? [],
        bind,
        engine,
      };
      return createService(service, parts, { ...child, dependsOn: pulumi.output(before) });
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

function endpointOf(
  { key, aliases, published }: DockerService,
  created: ReadonlyMap<string, CreatedService>,
  ready: pulumi.Output<unknown>,
): pulumi.Output<ServiceEndpoint> {
  const { container } = created.get(key) as CreatedService;
  return pulumi.all([container.name, container.ports, ready]).apply(([name, ports = []]) => ({
    container: name,
    aliases,
    published: Object.fromEntries(
      published.map((internal) => {
        const port = ports.find((candidate) => candidate.internal === internal);
        return [String(internal), `127.0.0.1:${port?.external ?? "?"}`];
      }),
    ),
  }));
}
