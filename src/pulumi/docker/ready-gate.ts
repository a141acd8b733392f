import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { explainUnreachableEngine } from "../../docker/engine-unreachable.ts";
import type { DockerHost } from "../../docker/host.ts";
import { waitUntilReady } from "../../docker/readiness.ts";
import type { Readiness } from "../../model/plan/ready-when.ts";
import { type Wait, waitTogether } from "../sandbox/wait-together.ts";

/** A container to wait for. */
interface ReadyGateArgs extends Pick<Wait<unknown>, "place" | "after"> {
  readonly container: docker.Container;
  readonly readiness: Readiness;
  readonly engine: pulumi.Output<DockerHost>;
}

/**
 * A container that resolves once it is ready. In a preview it resolves at once.
 *
 * The program waits instead of the provider, which ignores an early exit of the container, shows none of its
 * output and does not react to Ctrl-C.
 */
export function readyGate({
  container,
  readiness,
  engine,
  ...others
}: ReadyGateArgs): pulumi.Output<docker.Container> {
  if (pulumi.runtime.isDryRun()) return container.id.apply(() => container);
  const input = pulumi.all([container.id, engine]);
  const wait = ([id, host]: readonly [string, DockerHost]) =>
    waitUntilReady({ engine: host, container: id }, readiness).catch((error: unknown) => {
      throw explainUnreachableEngine(error, host);
    });
  return waitTogether({ ...others, input, wait }).apply(() => container);
}
