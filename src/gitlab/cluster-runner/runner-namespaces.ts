import { uniqueName } from "../../model/names.ts";
import { DeclarationError } from "../../model/problem.ts";
import type { KubernetesRunner } from "../../model/runner/runner.ts";

/** The namespaces of a runner in a cluster. */
export interface RunnerNamespaces {
  /** Of the pods of jobs. */
  readonly jobs: string;
  /** Of gitlab-runner itself. */
  readonly manager: string;
  /** Of the sandboxes that jobs start. Absent: they start none. */
  readonly sandboxes?: string;
}

/**
 * The namespaces of a runner: the declared ones, else some of its own.
 * @param owner of the stack, which makes the names unique in a cluster
 */
export function runnerNamespaces(
  { name, namespace, runnerNamespace, sandboxes }: KubernetesRunner,
  owner: string,
): RunnerNamespaces {
  const own = `${name}-${uniqueName(`${owner}/${name}`).slice(-6)}`;
  return {
    jobs: namespace ?? `gitlab-jobs-${own}`,
    manager: runnerNamespace ?? `gitlab-runner-${own}`,
    ...(sandboxes && { sandboxes: sandboxes.namespace }),
  };
}

/**
 * The namespaces of a runner whose access an administrator prepares.
 * @param path of the runner, for errors
 * @throws DeclarationError unless both are declared: names by stack would be unknown to an administrator
 */
export function declaredNamespaces(path: string, runner: KubernetesRunner): RunnerNamespaces {
  const { namespace, runnerNamespace } = runner;
  if (namespace !== undefined && runnerNamespace !== undefined) return runnerNamespaces(runner, "");
  const message =
    "an administrator prepares its namespaces by their names; declare both namespace and runnerNamespace";
  throw new DeclarationError([{ path, message }]);
}
