import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { writeWhole } from "../../machine/whole-file.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { requireMeansThatOutliveJob } from "./ci-job.ts";
import type { Environment } from "./stack-plan.ts";

/**
 * What the Pulumi CLI needs in its environment to encrypt the secrets of branches' stacks: nothing where the
 * user has set a passphrase, else the file of one that is made here, once, for the project's own state.
 * @throws ConfigurationError where state, passphrase or engine would be lost, or others would lack it: in CI,
 * and for a state that is kept elsewhere
 */
export function branchEnvironment(
  folder: string,
  environment: Environment,
): Readonly<Record<string, string>> {
  const backend = environment.PULUMI_BACKEND_URL;
  requireMeansThatOutliveJob(backend, environment);
  if (environment.PULUMI_CONFIG_PASSPHRASE !== undefined) return {};
  if (environment.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined) return {};
  if (environment.CI) throw needed("one that is made in this checkout goes with the job");
  if (backend && !backend.startsWith("file:")) throw needed("others use this state too");
  const file = path.join(folder, ".nestbox", "passphrase");
  mkdirSync(path.dirname(file), { recursive: true });
  writeWhole(file, randomBytes(32).toString("base64url"), { mode: 0o600, once: true });
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

function needed(reason: string): ConfigurationError {
  return new ConfigurationError(
    `PULUMI_CONFIG_PASSPHRASE is not set, and ${reason}; set it, in GitLab as a masked CI/CD variable, to the same value everywhere`,
  );
}
