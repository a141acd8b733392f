import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { engineHost } from "../../engine/client.ts";
import { explainLostEngine } from "../../engine/lost-engine.ts";
import { waitUntilReady } from "../../engine/readiness.ts";
import type { DockerHost } from "../../machine/docker/host.ts";
import type { Readiness } from "../../sandboxes/model/healthcheck.ts";
import { ProgramError } from "../program-error.ts";

export interface ReadyGateArgs {
  /** How an error names the container: "shop.services.database". */
  readonly place: string;
  readonly container: docker.Container;
  readonly readiness: Readiness;
  /** The engine that has it. @default the one that the docker command would use */
  readonly engine?: DockerHost | undefined;
}

/**
 * A container, once it is ready; in a preview, where there may be none yet, at once.
 *
 * The program waits here, and not in the provider, which does not end early when the container does, shows
 * none of its output, and does not listen to Ctrl-C. All waits of a program settle before it fails, so that one error reports every container.
 */
export function readyGate({
  place,
  container,
  readiness,
  engine = engineHost(),
}: ReadyGateArgs): pulumi.Output<docker.Container> {
  if (pulumi.runtime.isDryRun()) return container.id.apply(() => container);
  return container.id.apply(async (id) => {
    await settle(place, waitUntilReady({ engine, container: id }, readiness), engine);
    return container;
  });
}

/** The waits under way and the failures so far. A Pulumi program is a process, and has one end. */
const waits = new Set<Promise<void>>();
const failures: Failure[] = [];

interface Failure {
  readonly place: string;
  readonly error: unknown;
}

/** Passes once the wait has succeeded. One that fails waits for all others under way, and throws what all of them found. */
async function settle(place: string, wait: Promise<void>, engine: DockerHost): Promise<void> {
  waits.add(wait);
  try {
    await wait;
    return;
  } catch (error) {
    failures.push({ place, error: explainLostEngine(error, engine) });
  } finally {
    waits.delete(wait);
  }
  // Those that begin meanwhile count too.
  while (waits.size > 0) await Promise.allSettled(waits);
  throw new ProgramError(describeFailures(failures));
}

function describeFailures(found: readonly Failure[]): string {
  const described = [...found]
    .sort((one, other) => (one.place < other.place ? -1 : 1))
    .map(({ place, error }) => `${place}: ${error instanceof Error ? error.message : String(error)}`);
  return [...new Set(described)].join("\n");
}
