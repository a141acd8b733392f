import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../machine/docker/host.ts";
import type { Plan, PlannedService } from "../../sandboxes/model/plan.ts";
import { labelList } from "./label-list.ts";
import { createNetwork } from "./network.ts";
import { bindSecrets, requireSecrets, type SecretValues } from "./secrets.ts";
import { type CreatedService, createService } from "./service.ts";
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
   * The engine that the component's provider makes resources on: it is asked for what the provider does not wait for, the output of services whose probe is `log` or that run once. Whoever gives
   * the component a provider for another engine must name that one here. @default the one that the docker command would use
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
 * A sandbox as Docker resources: its networks, volumes and images, and its services in the declared order, each once those that it comes after are ready.
 *
 * @example
 * const { plans, release } = await planSandboxes([snake]);
 * const made = plans.map((plan) => new DockerSandbox(plan.sandbox, { plan }));
 * pulumi.all(made.map(({ networks }) => networks)).apply(release);
 * @throws ConfigurationError before the first resource of its own, for a secret without a value and a file that is not there
 */
export class DockerSandbox extends pulumi.ComponentResource {
  /** The names of the Docker networks, by key. */
  readonly networks: pulumi.Output<Record<string, string>>;
  /** How each service is reached, by key, once all are ready. */
  readonly services: pulumi.Output<Record<string, ServiceEndpoint>>;

  constructor(name: string, args: DockerSandboxArgs, options?: pulumi.ComponentResourceOptions) {
    super("nestbox:index:DockerSandbox", name, {}, options);
    const { plan, secrets = {}, projectFolder = process.cwd(), engine } = args;
    requireSecrets(plan.services, secrets);
    const bind = bindSecrets(secrets);
    const uploads = new Map(
      plan.services.map((service) => [service.key, uploadsOf(service, projectFolder, bind)]),
    );
    const child = { parent: this };

    const networks = new Map(plan.networks.map((network) => [network.key, createNetwork(network, child)]));
    const volumes = new Map(plan.volumes.map((volume) => [volume.key, createVolume(volume)]));
    const images = new Map(imagesOf(plan).map((image) => [image, createImage(image)]));
    const created = new Map<string, CreatedService>();
    for (const service of plan.services) created.set(service.key, createServiceOf(service));

    this.networks = pulumi.output(
      Object.fromEntries([...networks].map(([key, network]) => [key, network.name])),
    );
    this.services = pulumi.output(
      Object.fromEntries(
        plan.services.map((service) => [service.key, endpointOf(service, created.get(service.key))]),
      ),
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
      const parts = { image, networks, volumes, uploads: uploads.get(service.key) ?? [], bind, engine };
      return createService(service, parts, { ...child, dependsOn: pulumi.output(before) });
    }
  }
}

/** The images of its services, and of its jobs, which would otherwise be pulled while somebody waits for a job to start. */
function imagesOf({ services, jobs }: Plan): readonly string[] {
  return [...new Set([...services, ...jobs].map(({ image }) => image))];
}

function endpointOf(
  service: PlannedService,
  created: CreatedService | undefined,
): pulumi.Output<ServiceEndpoint> {
  const container = (created as CreatedService).container;
  return pulumi
    .all([(created as CreatedService).ready, container.name, container.ports])
    .apply(([, name, ports = []]) => ({
      container: name,
      aliases: service.aliases,
      published: Object.fromEntries(
        service.ports.map(({ container: internal }) => {
          const port = ports.find((candidate) => candidate.internal === internal);
          return [String(internal), `127.0.0.1:${port?.external ?? "?"}`];
        }),
      ),
    }));
}
