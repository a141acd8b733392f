import { existsSync } from "node:fs";
import { dockerHosts } from "../machine/docker/host.ts";
import { ConfigurationError } from "../sandboxes/model/problem.ts";
import type { Environment } from "./stack-plan.ts";

/**
 * Sees that what a CI job brings up can outlive the job. Outside CI there is nothing to see to.
 * @param isThere whether a file exists, for tests
 * @throws ConfigurationError where the set-up would make an engine for the job alone
 */
export function requireEngineThatOutlivesJob(environment: Environment, isThere = existsSync): void {
  if (!environment.CI) return;
  const mayAnswer = dockerHosts(environment).some(
    ({ host, isChosen }) => isChosen || isThere(host.replace(/^unix:\/\//, "")),
  );
  if (mayAnswer) return;
  throw new ConfigurationError(
    "DOCKER_HOST is not set, and a Docker engine made for this job goes with it; set it to one that outlives the job, in GitLab as a CI/CD variable",
  );
}
