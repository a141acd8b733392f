import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../docker/host.ts";
import type { DockerService } from "../../docker/lowering/service.ts";
import { type ContainerReferences, containerArgs } from "./container-args.ts";
import { readyGate } from "./ready-gate.ts";

/** What a service's container is created with. */
export interface ServiceParts extends ContainerReferences {
  /** How errors name the service: `shop.services.database`. */
  readonly place: string;
  /** The engine on which the container will be. Undefined for the one that the docker command would use. */
  readonly engine: DockerHost | undefined;
}

/** A service's container, and what others wait for before they use it. */
export interface CreatedService {
  readonly container: docker.Container;
  /** The container, once it is ready (or, if it runs once, completed). Fails when that does not happen. */
  readonly ready: pulumi.Output<docker.Container>;
}

/**
 * The provider would change these in place, but does not hand them to Docker (terraform-provider-docker #988).
 * `#initerror` is how Pulumi's engine calls a container that could not be started.
 */
const REPLACE_ON = ["healthcheck", "tmpfs", "init", "#initerror"];

/** The container of a service. It is created when what it comes after is ready. */
export function createService(
  service: DockerService,
  { place, engine, ...references }: ServiceParts,
  options: pulumi.CustomResourceOptions,
): CreatedService {
  const { readiness } = service;
  const args = containerArgs(place, service, references);
  const container = new docker.Container(
    service.name,
    // The provider fails on a container that ends at once, unless it need not run.
    readiness.kind === "completed" ? { ...args, mustRun: false } : args,
    { ...options, replaceOnChanges: REPLACE_ON, deleteBeforeReplace: true },
  );
  const after = pulumi.all([options.parent?.urn, options.dependsOn]);
  return { container, ready: readyGate({ place, container, readiness, after, engine }) };
}
