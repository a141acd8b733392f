import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../docker/host.ts";
import type { DockerObjects, DockerVolume } from "../../docker/lowering/lower-sandbox.ts";
import type { DockerService } from "../../docker/lowering/lower-service.ts";
import { requireProviderSupport } from "./container-args.ts";
import { createNetwork } from "./create-network.ts";
import { type CreatedService, createService } from "./create-service.ts";
import { labelList } from "./label-list.ts";
import { bindSecrets, requireSecrets, type SecretValues } from "./secrets.ts";
import { uploadsOf } from "./uploads.ts";

/** Arguments of {@link DockerSandbox}. */
export interface DockerSandboxArgs {
  /** The Docker objects to create, from {@link planSandboxes}. Plain data without the values of secrets. */
  readonly objects: DockerObjects;
  /** The values of the secrets in the objects. @default none */
  readonly secrets?: SecretValues;
  /** The base folder of the declaration's file paths. @default the working folder */
  readonly projectFolder?: string;
  /**
   * The engine of the component's provider, on which the component waits for its services. Set it together
   * with a provider for another engine.
   * @default the engine of the docker command
   */
  readonly engine?: DockerHost;
}

/** The endpoint of a service. */
export interface ServiceEndpoint {
  /** The container's name. */
  readonly container: string;
  /** The service's host names on its networks. */
  readonly aliases: readonly string[];
  /** The published addresses on the engine host's loopback, by container port. */
  readonly published: Readonly<Record<string, string>>;
}

/**
 * A sandbox as Docker resources: networks, volumes, images and services. Each service is created once its
 * dependencies are ready.
 *
 * @example
 * const { sandboxes, release } = await planSandboxes([snake]);
 * const created = sandboxes.map((objects) => new DockerSandbox(objects.sandbox, { objects }));
 * pulumi.all(created.map(({ networksCreated }) => networksCreated)).apply(release);
 * @throws ConfigurationError before the first resource, for a secret without a value, a missing file, and a
 * property that Pulumi's Docker provider does not support
 */
export class DockerSandbox extends pulumi.ComponentResource {
  /** The names of the Docker networks, by key. Like all outputs, they resolve once all services are ready. */
  readonly networks: pulumi.Output<Record<string, string>>;
  /** The endpoints of the services, by key. */
  readonly services: pulumi.Output<Record<string, ServiceEndpoint>>;
  /** Resolves once the networks exist on the engine. */
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
      // Other stacks may use the same image.
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

  /** Resources that depend on the sandbox wait until this resolves. */
  protected override async initialize(): Promise<void> {
    // In a preview some outputs never resolve.
    if (pulumi.runtime.isDryRun()) return;
    // The base class calls this in its constructor, before the fields are set.
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
