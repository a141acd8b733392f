import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type DockerNetwork, type DockerVolume, lowerToDocker } from "../../docker/lowering/lower-sandbox.ts";
import type { DockerService } from "../../docker/lowering/lower-service.ts";
import { propertyOf } from "../../images/name-builds.ts";
import { explaining } from "../program-error.ts";
import { missing } from "../sandbox/address-outputs.ts";
import { inactiveService } from "../sandbox/component-arguments.ts";
import { builtImage } from "./built-image.ts";
import { containerArgs } from "./container-args.ts";
import type { DockerSandboxArgs } from "./docker-sandbox-args.ts";
import { labelList } from "./label-list.ts";
import { mountingImage } from "./mounting-image.ts";
import { placeComponent } from "./place-component.ts";
import { prepareSandbox } from "./prepare-sandbox.ts";
import { providerEngine } from "./provider-engine.ts";
import { readyGate } from "./ready-gate.ts";
import { type ServiceOutputs, serviceOutputs } from "./service-outputs.ts";

/**
 * Properties that force replacement: the provider updates them in place without passing them to Docker
 * (terraform-provider-docker #988). Pulumi sets `#initerror` for a container that failed to start.
 */
const REPLACE_ON = ["healthcheck", "tmpfs", "init", "#initerror"];

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
    const prepared = explaining(() => prepareSandbox(name, args));
    const { sandbox, request, objects, bind, uploads, projectFolder } = prepared;
    super("nestbox:index:DockerSandbox", name, {}, options);
    const child = { parent: this };
    const engine = providerEngine(this);
    const placed = engine.apply((host) => placeComponent(host, request));
    // What is on the engine decides labels and subnets, and nothing else.
    const actual = placed.apply(({ placement }) => lowerToDocker(request.plan, placement));

    const actualNames = new Map([
      ...objects.networks.map((network) => [network.body.Name, createNetwork(network).name] as const),
      ...objects.volumes.map((volume) => [volume.body.Name, createVolume(volume).name] as const),
    ]);
    const nameOf = (planned: string) => actualNames.get(planned) as pulumi.Output<string>;
    const platforms = new Map(
      objects.services.flatMap(({ body, platform }) =>
        platform === undefined ? [] : [[body.Image, platform]],
      ),
    );
    const { plan } = request;
    const images = new Map([
      ...plan.images.map((image) => [image, createImage(image)] as const),
      ...plan.builds.map((build) => {
        const image = builtImage(build, engine, projectFolder, this);
        // Another content is another name, and still the same resource.
        return [build.image, createImage(build.image, propertyOf(plan, build.image), image)] as const;
      }),
    ]);
    const ready = new Map<string, pulumi.Output<docker.Container>>();
    for (const service of objects.services) ready.set(service.key, createService(service));

    this.ready = pulumi.all([...ready.values()]);
    this.networks = pulumi.all(
      Object.fromEntries(objects.networks.map(({ key, body }) => [key, nameOf(body.Name)])),
    );
    this.networks.apply(() => placed.apply(({ networksExist }) => networksExist()));
    this.services = outputsOfServices() as DockerSandbox<Connections>["services"];
    this.registerOutputs({ networks: this.networks, services: this.services });

    function createNetwork({ key, body }: DockerNetwork): docker.Network {
      const network = actual.apply((found) => bodyOf(found.networks, key));
      return new docker.Network(
        body.Name,
        {
          driver: body.Driver,
          internal: body.Internal,
          ipamConfigs: network.apply(({ IPAM }) =>
            IPAM.Config.map(({ Subnet, Gateway }) => ({ subnet: Subnet, gateway: Gateway })),
          ),
          ...(Object.keys(body.Options).length > 0 && { options: body.Options }),
          labels: network.apply(({ Labels }) => labelList(Labels)),
        },
        // A replacement may have the same subnet.
        { ...child, deleteBeforeReplace: true },
      );
    }

    function createVolume({ key, body }: DockerVolume): docker.Volume {
      const labels = actual.apply((found) => labelList(bodyOf(found.volumes, key).Labels));
      return new docker.Volume(body.Name, { labels }, child);
    }

    function createImage(
      image: string,
      resource = image,
      actualName: pulumi.Input<string> = image,
    ): docker.RemoteImage {
      // Other stacks may use the same image.
      const platform = platforms.get(image);
      const properties = { name: actualName, keepLocally: true, ...(platform !== undefined && { platform }) };
      return new docker.RemoteImage(`${pulumi.getStack()}_${name}_${resource}`, properties, child);
    }

    /** Creates the container of a service once its dependencies are ready, and waits until it is. */
    function createService(service: DockerService): pulumi.Output<docker.Container> {
      const { key, readiness, body } = service;
      const place = `${name}.services.${key}`;
      const before = Object.keys(service.after).map(
        (other) => ready.get(other) as pulumi.Output<docker.Container>,
      );
      const dependsOn = pulumi.output(before);
      const { imageId } = images.get(body.Image) as docker.RemoteImage;
      const labels = actual.apply((found) => bodyOf(found.services, key).Labels);
      const args = containerArgs(place, service, {
        imageId: mountingImage({ imageId, engine, labels, mounted: service.mounted }),
        nameOf,
        uploads: uploads[key] ?? [],
        ...{ labels, bind },
      });
      const container = new docker.Container(
        service.name,
        // With `mustRun` the provider fails for a container that exits at once.
        readiness.kind === "completed" ? { ...args, mustRun: false } : args,
        { ...child, dependsOn, replaceOnChanges: REPLACE_ON, deleteBeforeReplace: true },
      );
      const after = pulumi.all([child.parent.urn, dependsOn]);
      return readyGate({ place, container, readiness, pidsLimit: body.HostConfig.PidsLimit, after, engine });
    }

    function outputsOfServices(): Readonly<Record<string, ServiceOutputs>> {
      const outputs: Record<string, ServiceOutputs> = {};
      for (const [key, declared] of Object.entries(sandbox.services)) {
        const place = `${name}.services.${key}`;
        const service = objects.services.find((planned) => planned.key === key);
        const isReady = ready.get(key);
        if (service && isReady)
          outputs[key] = serviceOutputs({ place, declared, service, ready: isReady, bind });
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
  if (part !== undefined) return part.body;
  const keys = parts.map((one) => one.key).join(", ");
  throw new Error(`DockerSandbox: no "${key}" among ${keys} on the engine; report this as a bug of nestbox`);
}
