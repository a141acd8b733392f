import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type DockerVolume, lowerToDocker } from "../../docker/lowering/lower-sandbox.ts";
import type { DockerService } from "../../docker/lowering/lower-service.ts";
import { explaining } from "../program-error.ts";
import { missing } from "../sandbox/address-outputs.ts";
import { inactiveService } from "../sandbox/component-arguments.ts";
import { createNetwork } from "./create-network.ts";
import { type CreatedService, createService } from "./create-service.ts";
import type { DockerSandboxArgs } from "./docker-sandbox-args.ts";
import { labelList } from "./label-list.ts";
import { placeComponent } from "./place-component.ts";
import { prepareSandbox } from "./prepare-sandbox.ts";
import { providerEngine } from "./provider-engine.ts";
import { type ServiceOutputs, serviceOutputs } from "./service-outputs.ts";

/**
 * A sandbox as Docker resources: networks, volumes, images and services. Each service is created once its
 * dependencies are ready. Resources that depend on the component wait for all of its services.
 *
 * The component is made on the engine of its provider. Its children have its name, and everything on the
 * engine has it as a label, so that a program may have several components of one sandbox.
 *
 * @example
 * const shop = new DockerSandbox("shop", { sandbox: declared });
 * export const url = shop.services.database.published.url;
 * @throws ProgramError before the first resource, for a wrong argument or setting, a secret without a value,
 * a missing file, and a property that Pulumi's Docker provider does not support
 */
export class DockerSandbox<Connections = Readonly<Record<string, unknown>>> extends pulumi.ComponentResource {
  /** The names of the Docker networks, by key. */
  readonly networks: pulumi.Output<Record<string, string>>;
  /** The outputs of the services, by key. Reading those of an inactive service throws a ProgramError. */
  readonly services: { readonly [Key in keyof Connections]: ServiceOutputs<Connections[Key]> };
  /** Resolves once all services are ready. */
  private readonly ready: pulumi.Output<unknown>;

  /**
   * @param name letters, digits, `_`, `.` and `-`, as in names of containers
   * @param options `provider: new docker.Provider(…)` for another engine; `transforms` for other properties
   * of the children
   */
  constructor(name: string, args: DockerSandboxArgs<Connections>, options?: pulumi.ComponentResourceOptions) {
    const { sandbox, request, objects, bind, uploads } = explaining(() => prepareSandbox(name, args));
    super("nestbox:index:DockerSandbox", name, {}, options);
    const child = { parent: this };
    const engine = providerEngine(this);
    const placed = engine.apply((host) => placeComponent(host, request));
    // What is on the engine decides labels and subnets, and nothing else.
    const actual = placed.apply(({ placement }) => lowerToDocker(request.plan, placement));

    const networks = new Map(
      objects.networks.map((network) => {
        const body = actual.apply((found) => bodyOf(found.networks, network.key));
        return [network.key, createNetwork(network, body, child)] as const;
      }),
    );
    const volumes = new Map(objects.volumes.map((volume) => [volume.key, createVolume(volume)]));
    const images = new Map(request.plan.images.map((image) => [image, createImage(image)]));
    const actualNames = new Map([
      ...objects.networks.map(({ key, body }) => [body.Name, networks.get(key)?.name] as const),
      ...objects.volumes.map(({ key, body }) => [body.Name, volumes.get(key)?.name] as const),
    ]);
    const created = new Map<string, CreatedService>();
    for (const service of objects.services) created.set(service.key, createServiceOf(service));

    this.ready = pulumi.all([...created.values()].map((service) => service.ready));
    this.networks = pulumi.all(
      Object.fromEntries([...networks].map(([key, network]) => [key, network.name])),
    );
    this.networks.apply(() => placed.apply(({ networksExist }) => networksExist()));
    this.services = outputsOfServices() as DockerSandbox<Connections>["services"];
    this.registerOutputs({ networks: this.networks, services: this.services });

    function createVolume({ key, body }: DockerVolume): docker.Volume {
      const labels = actual.apply((found) => labelList(bodyOf(found.volumes, key).Labels));
      return new docker.Volume(body.Name, { labels }, child);
    }

    function createImage(image: string): docker.RemoteImage {
      // Other stacks may use the same image.
      const properties = { name: image, keepLocally: true };
      return new docker.RemoteImage(`${pulumi.getStack()}_${name}_${image}`, properties, child);
    }

    function createServiceOf(service: DockerService): CreatedService {
      const image = images.get(service.body.Image) as docker.RemoteImage;
      const before = Object.keys(service.after).map((key) => (created.get(key) as CreatedService).ready);
      const parts = {
        place: `${name}.services.${service.key}`,
        imageId: image.imageId,
        nameOf: (planned: string) => actualNames.get(planned) as pulumi.Output<string>,
        uploads: uploads[service.key] ?? [],
        labels: actual.apply((found) => bodyOf(found.services, service.key).Labels),
        bind,
        engine,
      };
      return createService(service, parts, { ...child, dependsOn: pulumi.output(before) });
    }

    function outputsOfServices(): Readonly<Record<string, ServiceOutputs>> {
      const outputs: Record<string, ServiceOutputs> = {};
      for (const [key, declared] of Object.entries(sandbox.services)) {
        const place = `${name}.services.${key}`;
        const service = objects.services.find((planned) => planned.key === key);
        const { ready } = created.get(key) ?? {};
        if (service && ready) outputs[key] = serviceOutputs({ place, declared, service, ready, bind });
        else missing(outputs, key, `${place}: ${inactiveService(declared)}`);
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

/** The body of a part in objects of the same plan. */
function bodyOf<Body>(parts: readonly { readonly key: string; readonly body: Body }[], key: string): Body {
  const part = parts.find((one) => one.key === key);
  if (part === undefined) throw new RangeError(key);
  return part.body;
}
