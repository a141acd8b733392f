import { existsSync } from "node:fs";
import { dockerHosts } from "../../docker/host.ts";
import { ConfigurationError } from "../../model/problem.ts";
import type { StackSettings } from "../../stacks/stack-settings.ts";

/**
 * Checks that the state and the place of a CI job outlive the job. Outside CI it checks nothing.
 * @param backend the configured state backend
 * @param target where the sandboxes are: a cluster always outlives the job
 * @param isThere whether a file exists, for tests
 * @throws ConfigurationError for a state or an engine that ends with the job
 */
export function requirePersistence(
  backend: string | undefined,
  environment: NodeJS.ProcessEnv,
  target: StackSettings["target"],
  isThere = existsSync,
): void {
  if (!environment.CI) return;
  if (!backend)
    throw new ConfigurationError(
      "PULUMI_BACKEND_URL: is not set, and a state in this checkout is deleted with the job; " +
        "set it to a backend that all jobs of the project reach: " +
        "s3://, gs://, azblob://, postgres:// or a folder of the host",
    );
  if (target === "kubernetes") return;
  const mayAnswer = dockerHosts(environment).some(
    ({ host, isChosen }) => isChosen || isThere(host.replace(/^unix:\/\//, "")),
  );
  if (mayAnswer) return;
  throw new ConfigurationError(
    "DOCKER_HOST: is not set, and a Docker engine started in this job ends with it; " +
      "set it to an engine that outlives the job, in GitLab as a CI/CD variable",
  );
}
