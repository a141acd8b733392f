import type { PodSecurityLevel } from "../../kubernetes/pod-settings.ts";
import { boundRole } from "../../kubernetes/rights/bound-role.ts";
import { rightsInside } from "../../kubernetes/rights/rights-inside.ts";
import { roleRules } from "../../kubernetes/rights/role-manifest.ts";
import type { KubernetesRunner } from "../../model/runner/runner.ts";
import type { RunnerNamespaces } from "./runner-namespaces.ts";
import { runnerPolicies } from "./runner-policies.ts";
import { runnerRules } from "./runner-rights.ts";

/** The name of gitlab-runner's objects, each runner in namespaces of its own. */
export const RUNNER_NAME = "gitlab-runner";

/** The name of the account of jobs that start sandboxes, and of its Role. */
export const JOB_ACCOUNT = "nestbox-run";

/**
 * The objects that give a runner its place in a cluster: namespaces with levels of Pod Security, policies,
 * and an account with a Role. `up` creates them, or an administrator applies them.
 */
export function runnerAccess(runner: KubernetesRunner, namespaces: RunnerNamespaces) {
  const { jobs, manager, sandboxes } = namespaces;
  const level = jobSecurity(runner);
  const isPrivileged = level === "privileged";
  return {
    namespaces: [
      namespace(jobs, level),
      namespace(manager, "restricted"),
      // The users of a sandbox are those of its images, whatever user its job has.
      ...(sandboxes === undefined ? [] : [namespace(sandboxes, isPrivileged ? level : "baseline")]),
    ],
    policies: runnerPolicies(runner, namespaces),
    account: [
      account(RUNNER_NAME, manager),
      ...boundRole({ name: RUNNER_NAME, namespace: jobs }, manager, runnerRules(runner)),
      ...(sandboxes === undefined
        ? []
        : [
            account(JOB_ACCOUNT, jobs),
            ...boundRole({ name: JOB_ACCOUNT, namespace: sandboxes }, jobs, roleRules(rightsInside("run"))),
          ]),
    ],
  } as const;
}

function account(name: string, ownNamespace: string) {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: ownNamespace } } as const;
}

/** The strictest level of Pod Security that a runner's jobs meet. */
export function jobSecurity({
  privilegedServices = [],
  userNamespaces = false,
  jobUser,
}: KubernetesRunner): PodSecurityLevel {
  if (privilegedServices.length > 0 || userNamespaces) return "privileged";
  return jobUser === undefined ? "baseline" : "restricted";
}

function namespace(name: string, level: PodSecurityLevel) {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "pod-security.kubernetes.io/enforce": level } },
  } as const;
}
