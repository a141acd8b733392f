import { setTimeout as pause } from "node:timers/promises";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { explainUnreachableEngine } from "../../docker/engine-unreachable.ts";
import type { DockerHost } from "../../docker/host.ts";
import { waitUntilReady } from "../../docker/readiness.ts";
import type { Readiness } from "../../model/plan/ready-when.ts";
import { ProgramError } from "../program-error.ts";

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
 * output and does not react to Ctrl-C. All waits settle before the program fails, so that one error reports
 * every failure.
 */
export function readyGate({
  place,
  container,
  readiness,
  after = pulumi.output(undefined),
  engine,
}: ReadyGateArgs): pulumi.Output<docker.Container> {
  if (pulumi.runtime.isDryRun()) return container.id.apply(() => container);
  after.apply(() => open.add(container));
  return pulumi.all([container.id, engine]).apply(async ([id, host]) => {
    try {
      await waitUntilReady({ engine: host, container: id }, readiness);
      return container;
    } catch (error) {
      failures.push({ place, error: explainUnreachableEngine(error, host) });
    } finally {
      open.delete(container);
    }
    return failTogether();
  });
}

/**
 * The containers with an open wait, and the failures so far. Module state suffices: a Pulumi program is one
 * process.
 */
const open = new Set<docker.Container>();
const failures: Failure[] = [];

interface Failure {
  readonly place: string;
  readonly error: unknown;
}

/** Milliseconds between two checks for open waits. */
const PAUSE = 10;

/** Throws one error with all failures, once no wait is open. */
async function failTogether(): Promise<never> {
  // A successful wait may open others a moment later.
  do await pause(PAUSE);
  while (open.size > 0);
  throw new ProgramError(describeFailures(failures));
}

function describeFailures(found: readonly Failure[]): string {
  return [...found]
    .sort((one, other) => (one.place < other.place ? -1 : 1))
    .map(({ place, error }) => `${place}: ${error instanceof Error ? error.message : String(error)}`)
    .join("\n");
}
