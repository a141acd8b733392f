import type { ComponentIdentity } from "../../model/labels.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { commandRefused } from "../../sandbox/command-refused.ts";
import { NotReady } from "../../sandbox/not-ready.ts";
import type { ExecStreams } from "../../sandbox/running-sandbox.ts";
import { DockerRefused } from "../api.ts";
import { execInContainer, ProgramRefused } from "../exec.ts";
import type { DockerHost } from "../host.ts";
import { waitUntilReady } from "../readiness.ts";
import { partContainer } from "./part-container.ts";

/** A command for a service or a running job of a component. */
interface PartCommand {
  readonly plan: Plan;
  readonly placement: ComponentIdentity;
  /** The key of the service or job. */
  readonly part: string;
  readonly command: readonly string[];
}

/**
 * Runs a command in the container of a service, or of a job that runs.
 * @returns the exit code of the command
 * @throws ConfigurationError for a container that does not run, with its last output; CommandRefused for an
 * image without the program
 */
export async function execInPart(
  engine: DockerHost,
  { plan, placement, part, command }: PartCommand,
  streams: ExecStreams,
): Promise<number> {
  const service = plan.services.find(({ key }) => key === part);
  const path = `${plan.sandbox}.${service === undefined ? "jobs" : "services"}.${part}`;
  const container = await partContainer(engine, placement, part, ["service", "job"]);
  if (container === undefined)
    throw new ConfigurationError(
      service === undefined
        ? `${path}: no container of it runs; start the job, or name a service`
        : `${path}: has no container; run nestbox up first`,
    );
  if (!container.running) throw await notRunning(engine, path, container.id);
  try {
    return await execInContainer(engine, container.id, command, streams);
  } catch (error) {
    if (error instanceof ProgramRefused) {
      const [, reason = error.message] = /container process: (.*?)(?:: unknown)?$/.exec(error.message) ?? [];
      throw commandRefused(path, command, reason);
    }
    // The container may have ended meanwhile.
    if (error instanceof DockerRefused && (error.status === 409 || error.status === 404))
      throw await notRunning(engine, path, container.id).catch(() => error);
    throw error;
  }
}

/** The error for a container that has ended. */
async function notRunning(engine: DockerHost, path: string, container: string): Promise<Error> {
  try {
    await waitUntilReady({ engine, container }, { kind: "started" });
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    const [reason, ...output] = error.message.split("\n");
    const message = `${path}: does not run, it ${reason}; run nestbox up to start it again`;
    return new ConfigurationError([message, ...output].join("\n"));
  }
  return new ConfigurationError(`${path}: is paused; resume it with docker unpause`);
}
