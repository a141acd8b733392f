import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { explainUnreachableEngine } from "../../docker/engine-unreachable.ts";
import type { DockerHost } from "../../docker/host.ts";
import { waitUntilReady } from "../../docker/readiness.ts";
import type { Readiness } from "../../model/plan/ready-when.ts";
import { waitTogether } from "../sandbox/wait-together.ts";

/** Arguments of {@link readyGate}. */
export interface ReadyGateArgs {
  /** The container's name in errors: `shop.services.database`. */
  readonly place: string;
  readonly container: docker.Container;
  readonly readiness: Readiness;
  /** The dependencies of the container's creation. @default none */
  readonly after?: pulumi.Output<unknown>;
  /** The engine of the container. */
  readonly engine: pulumi.Output<DockerHost>;
}

/**
 * A container that resolves once it is ready. In a preview it resolves at once.
 *
 * The program waits instead of the provider, which ignores an early exit of the container, shows none of its
 * output and does not react to Ctrl-C.
 */
export function readyGate({
  place,
  container,
  readiness,
  after = pulumi.output(undefined),
  engine,
}: ReadyGateArgs): pulumi.Output<docker.Container> {
  if (pulumi.runtime.isDryRun()) return container.id.apply(() => container);
  const input = pulumi.all([container.id, engine]);
  const wait = ([id, host]: readonly [string, DockerHost]) =>
    waitUntilReady({ engine: host, container: id }, readiness).catch((error: unknown) => {
      throw explainUnreachableEngine(error, host);
    });
  return waitTogether({ place, after, input, wait }).apply(() => container);
}
