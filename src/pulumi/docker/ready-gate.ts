import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { explainUnreachableEngine } from "../../docker/engine-unreachable.ts";
import type { DockerHost } from "../../docker/host.ts";
import { limitPids } from "../../docker/limit-pids.ts";
import { waitUntilReady } from "../../docker/readiness.ts";
import type { Readiness } from "../../model/plan/ready-when.ts";
import { type Wait, waitTogether } from "../sandbox/wait-together.ts";

/** A container to wait for. */
interface ReadyGateArgs extends Pick<Wait<unknown>, "place" | "after"> {
  readonly container: docker.Container;
  readonly readiness: Readiness;
  /** The most processes that it has at once. The provider cannot set it. @default any number */
  readonly pidsLimit?: number | undefined;
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
  pidsLimit,
  engine,
  ...others
}: ReadyGateArgs): pulumi.Output<docker.Container> {
  if (pulumi.runtime.isDryRun()) return container.id.apply(() => container);
  const input = pulumi.all([container.id, engine]);
  const wait = async ([id, host]: readonly [string, DockerHost]) => {
    const started = { engine: host, container: id };
    try {
      if (pidsLimit !== undefined) await limitPids(started, pidsLimit);
      await waitUntilReady(started, readiness);
    } catch (error) {
      throw explainUnreachableEngine(error, host);
    }
  };
  return waitTogether({ ...others, input, wait }).apply(() => container);
}
