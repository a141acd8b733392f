import { existsSync } from "node:fs";
import { dockerHosts } from "../../docker/host.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { Environment } from "./stack-plan.ts";

/**
 * Sees that what a CI job brings up can outlive the job, and that what it cleans up is what others have
 * brought up. Outside CI there is nothing to see to.
 * @param backend where the user keeps the state, if anywhere
 * @param isThere whether a file exists, for tests
 * @throws ConfigurationError where state or engine would be the job's own, and go with it
 */
export function requireMeansThatOutliveJob(
  backend: string | undefined,
  environment: Environment,
  isThere = existsSync,
): void {
  if (!environment.CI) return;
  if (!backend) {
    throw new ConfigurationError(
      "PULUMI_BACKEND_URL is not set, and a state in this checkout goes with the job; set it to one that all jobs of the project reach: s3://, gs://, azblob://, postgres:// or a folder of the host",
    );
  }
  const mayAnswer = dockerHosts(environment).some(
    ({ host, isChosen }) => isChosen || isThere(host.replace(/^unix:\/\//, "")),
  );
  if (mayAnswer) return;
  throw new ConfigurationError(
    "DOCKER_HOST is not set, and a Docker engine made for this job goes with it; set it to one that outlives the job, in GitLab as a CI/CD variable",
  );
}
