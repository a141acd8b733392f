import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { writeFileAtomically } from "../machine/atomic-file.ts";
import type { Environment } from "../machine/environment.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { RunningTarget } from "../sandbox/target.ts";

/**
 * The environment with which the Pulumi CLI encrypts the secrets of branches' stacks. Empty if the user set a
 * passphrase; otherwise the file of a passphrase that is generated once for the state in the project.
 * @throws ConfigurationError in CI for a state, passphrase or engine that ends with the job, and for a shared
 * state without a passphrase
 */
export function branchEnvironment(
  folder: string,
  environment: Environment,
  target: Pick<RunningTarget, "endsWithJob">,
): Readonly<Record<string, string>> {
  const backend = environment.PULUMI_BACKEND_URL;
  requirePersistence(environment, target);
  if (environment.PULUMI_CONFIG_PASSPHRASE !== undefined) return {};
  if (environment.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) return {};
  if (environment.CI)
    throw passphraseRequired("a passphrase generated in this checkout is deleted with the job");
  if (backend && !backend.startsWith("file:")) throw passphraseRequired("this state may be shared");
  const file = path.join(folder, ".nestbox", "passphrase");
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileAtomically(file, randomBytes(32).toString("base64url"), { mode: 0o600, once: true });
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

function passphraseRequired(reason: string): ConfigurationError {
  return new ConfigurationError(
    `PULUMI_CONFIG_PASSPHRASE: is not set, and ${reason}; ` +
      "set it to the same value everywhere, in GitLab as a masked CI/CD variable",
  );
}

/**
 * Checks that the state and the place of a CI job outlive the job. Outside CI it checks nothing.
 * @throws ConfigurationError for a state or a place that ends with the job
 */
export function requirePersistence(
  environment: Environment,
  { endsWithJob }: Pick<RunningTarget, "endsWithJob">,
): void {
  if (!environment.CI) return;
  if (!environment.PULUMI_BACKEND_URL)
    throw new ConfigurationError(
      "PULUMI_BACKEND_URL: is not set, and a state in this checkout is deleted with the job; " +
        "set it to a backend that all jobs of the project reach: " +
        "s3://, gs://, azblob://, postgres:// or a folder of the host",
    );
  const reason = endsWithJob(environment);
  if (reason !== undefined) throw new ConfigurationError(reason);
}
