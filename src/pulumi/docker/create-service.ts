import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../../docker/host.ts";
import type { DockerService } from "../../docker/lowering/lower-service.ts";
import { type ContainerReferences, containerArgs } from "./container-args.ts";
import { readyGate } from "./ready-gate.ts";

/** The values of a service's container beside its plan. */
export interface ServiceParts extends ContainerReferences {
  /** The service's name in errors: `shop.services.database`. */
  readonly place: string;
  /** The engine of the container. */
  readonly engine: pulumi.Output<DockerHost>;
}

export interface CreatedService {
  readonly container: docker.Container;
  /** Resolves once the container is ready, or completed if it runs once. Otherwise it rejects. */
  readonly ready: pulumi.Output<docker.Container>;
}

/**
 * Properties that force replacement: the provider updates them in place without passing them to Docker
 * (terraform-provider-docker #988). Pulumi sets `#initerror` for a container that failed to start.
 */
const REPLACE_ON = ["healthcheck", "tmpfs", "init", "#initerror"];

/** Creates the container of a service once its dependencies are ready. */
export function createService(
  service: DockerService,
  { place, engine, ...references }: ServiceParts,
  options: pulumi.CustomResourceOptions,
): CreatedService {
  const { readiness } = service;
  const args = containerArgs(place, service, references);
  const container = new docker.Container(
    service.name,
    // With `mustRun` the provider fails for a container that exits at once.
    readiness.kind === "completed" ? { ...args, mustRun: false } : args,
    { ...options, replaceOnChanges: REPLACE_ON, deleteBeforeReplace: true },
  );
  const after = pulumi.all([options.parent?.urn, options.dependsOn]);
  return { container, ready: readyGate({ place, container, readiness, after, engine }) };
}
