import type { IncomingHttpHeaders } from "node:http";
import { ConfigurationError } from "../model/problem.ts";
import type { DockerHost } from "./host.ts";

/**
 * Since this version a healthcheck has an interval of its own until the service is ready:
 * https://docs.docker.com/reference/api/engine/version-history/#v144-api-changes
 */
export const API_WITH_START_INTERVAL = "1.44";

/** That of Docker 20.10. */
const OLDEST_API = "1.41";

/**
 * Whether an engine probes a starting service at the interval declared for that. Other engines look first
 * after the interval of ready services, and Podman without systemd never does.
 * @param headers of any answer: every engine reports its API version in each
 */
export function hasStartInterval(headers: IncomingHttpHeaders): boolean {
  // Podman reports the API versions of Docker, and drops the start interval with all of them.
  if (isPodman(headers)) return false;
  const version = headers["api-version"];
  // A proxy may have dropped the header.
  return version === undefined || minor(`${version}`) >= minor(API_WITH_START_INTERVAL);
}

/**
 * Whether an engine is Podman.
 * @param headers of any answer
 */
export function isPodman(headers: IncomingHttpHeaders): boolean {
  return headers["libpod-api-version"] !== undefined;
}

/**
 * Checks that an engine is not too old.
 * @param headers of any answer
 * @throws ConfigurationError
 */
export function requireSupportedApi(headers: IncomingHttpHeaders, { host }: DockerHost): void {
  const version = headers["api-version"];
  if (version === undefined || minor(`${version}`) >= minor(OLDEST_API)) return;
  throw new ConfigurationError(
    `the engine at ${host}: has API ${version}; use Docker 20.10 or newer, which has API ${OLDEST_API}`,
  );
}

/** The part of an API version after the dot, for comparison: 1.9 is older than 1.44. */
export function minor(version: string): number {
  return Number(version.split(".")[1] ?? 0);
}
