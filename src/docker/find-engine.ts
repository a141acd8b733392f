import type { Environment } from "../machine/environment.ts";
import { ConfigurationError } from "../model/problem.ts";
import { askVersion } from "./api.ts";
import { type DockerHost, dockerHosts, isCandidate, isOnThisMachine } from "./host.ts";

/** Milliseconds within which an engine on this or another machine must answer. */
const LOCAL_LIMIT = 3000;
const REMOTE_LIMIT = 10_000;

/** The engine of an environment, and those that come before it and do not answer. */
export interface EngineSearch {
  /** The first that answers. */
  readonly found?: { readonly engine: DockerHost; readonly version: string };
  /** Those before it, or all, each with the reason. */
  readonly failed: readonly { readonly engine: DockerHost; readonly reason: string }[];
}

/**
 * Looks for the engine of an environment: the first that answers.
 * @throws ConfigurationError for an engine that the user chose and that names its own mistake
 */
export async function findEngine(environment: Environment): Promise<EngineSearch> {
  const failed: { readonly engine: DockerHost; readonly reason: string }[] = [];
  for (const engine of dockerHosts(environment).filter(isCandidate)) {
    try {
      const limit = isOnThisMachine(engine) ? LOCAL_LIMIT : REMOTE_LIMIT;
      return { found: { engine, version: await askVersion(engine, limit) }, failed };
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      failed.push({ engine, reason: reasonOf(error) });
    }
  }
  return { failed };
}

/** Why an engine was taken: "DOCKER_HOST", or "socket of Colima; not unix:///var/run/docker.sock: …". */
export function whyTaken({ origin }: DockerHost, failed: EngineSearch["failed"]): string {
  return [origin, ...failed.map(({ engine, reason }) => `not ${engine.host}: ${reason}`)].join("; ");
}

/** A name with several addresses fails with one error for each. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return (error as Error).message;
}
