import { setTimeout as pause } from "node:timers/promises";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { engineHost } from "../../docker/engine-host.ts";
import { explainUnreachableEngine } from "../../docker/engine-unreachable.ts";
import type { DockerHost } from "../../docker/host.ts";
import type { Readiness } from "../../docker/lowering/ready-when.ts";
import { waitUntilReady } from "../../docker/readiness.ts";
import { ProgramError } from "../program-error.ts";

export interface ReadyGateArgs {
  /** How an error names the container: "shop.services.database". */
  readonly place: string;
  readonly container: docker.Container;
  readonly readiness: Readiness;
  /** What its creation waits for: from then on its readiness is a matter of time. @default nothing */
  readonly after?: pulumi.Output<unknown>;
  /** The engine that has it. @default the one that the docker command would use */
  readonly engine?: DockerHost | undefined;
}

/**
 * A container, once it is ready; in a preview, where there may be none yet, at once.
 *
 * The program waits here and not in the provider, which does not end early when the container does, shows
 * none of its output, and does not listen to Ctrl-C. All waits settle before the program fails, so that one
 * error reports all.
 */
export function readyGate({
  place,
  container,
  readiness,
  after = pulumi.output(undefined),
  engine = engineHost(),
}: ReadyGateArgs): pulumi.Output<docker.Container> {
  if (pulumi.runtime.isDryRun()) return container.id.apply(() => container);
  after.apply(() => open.add(container));
  return container.id.apply(async (id) => {
    try {
      await waitUntilReady({ engine, container: id }, readiness);
      return container;
    } catch (error) {
      failures.push({ place, error: explainUnreachableEngine(error, engine) });
    } finally {
      open.delete(container);
    }
    return failTogether();
  });
}

/**
 * The waits that will settle without others, and the failures so far. A Pulumi program is a process with one
 * end.
 */
const open = new Set<docker.Container>();
const failures: Failure[] = [];

interface Failure {
  readonly place: string;
  readonly error: unknown;
}

/** Milliseconds between two looks at the waits that are open. */
const PAUSE = 10;

/** Throws what all waits have found, once none is open. */
async function failTogether(): Promise<never> {
  // What a wait that has just succeeded lets begin is open a moment later.
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
