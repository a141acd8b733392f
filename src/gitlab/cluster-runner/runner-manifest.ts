import type { KubernetesRunner } from "../../model/runner/runner.ts";
import { toYaml } from "../../text/yaml.ts";
import { runnerAccess } from "./runner-access.ts";
import { declaredNamespaces } from "./runner-namespaces.ts";

/**
 * The manifest that an administrator applies for a runner with `access: "existing"`: namespaces, policies,
 * the account of gitlab-runner and its Role.
 * @param path of the runner, for errors
 * @throws DeclarationError unless the runner declares both namespaces
 */
export function runnerManifest(path: string, runner: KubernetesRunner): string {
  const { namespaces, policies, account } = runnerAccess(runner, declaredNamespaces(path, runner));
  const head = `# The access of the runner ${runner.name}: apply it before nestbox up.`;
  return [head, ...[...namespaces, ...policies, ...account].map((object) => toYaml(object).trimEnd())]
    .join("\n---\n")
    .replace("\n---\n", "\n")
    .concat("\n");
}
