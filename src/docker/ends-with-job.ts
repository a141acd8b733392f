import { existsSync } from "node:fs";
import type { Environment } from "../machine/environment.ts";
import { dockerHosts } from "./host.ts";

/**
 * Why the engine of an environment may end with the CI job that uses it: nobody has chosen one, and there is
 * no socket of one, so the set-up starts an engine within the job.
 * @param isThere whether a file exists, for tests
 */
export function engineEndsWithJob(environment: Environment, isThere = existsSync): string | undefined {
  if (!environment.CI) return undefined;
  const mayAnswer = dockerHosts(environment).some(
    ({ host, isChosen }) => isChosen || isThere(host.replace(/^unix:\/\//, "")),
  );
  if (mayAnswer) return undefined;
  return (
    "DOCKER_HOST: is not set, and a Docker engine started in this job ends with it; " +
    "set it to an engine that outlives the job, in GitLab as a CI/CD variable"
  );
}
