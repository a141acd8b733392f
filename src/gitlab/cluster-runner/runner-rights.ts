import type { ApiVerb, Right } from "../../kubernetes/rights/rights.ts";
import { type RoleRule, roleRules } from "../../kubernetes/rights/role-manifest.ts";
import type { KubernetesRunner } from "../../model/runner/runner.ts";

/** A feature of gitlab-runner, and what its account must be allowed to do in the namespace of jobs. */
interface Feature {
  readonly isUsed: (runner: KubernetesRunner) => boolean;
  readonly rights: readonly Right[];
}

const CORE = "";

/** Source: the comments `kubeAPI:` in gitlab-runner's executors/kubernetes, and an API server's audit log. */
const FEATURES: Readonly<Record<string, Feature>> = {
  "pods of jobs": {
    isUsed: () => true,
    rights: [
      right(CORE, "pods", "create", "delete", "get", "list", "watch"),
      right(CORE, "pods/exec", "create"),
      right(CORE, "events", "list"),
    ],
  },
  // The job's login at GitLab's registry, which the pod owns once it is there.
  "logins of jobs at registries": {
    isUsed: () => true,
    rights: [right(CORE, "secrets", "create", "delete", "update")],
  },
  "scripts by attach": {
    isUsed: (runner) => !hasFlag(runner, "FF_USE_LEGACY_KUBERNETES_EXECUTION_STRATEGY"),
    rights: [right(CORE, "pods/attach", "create")],
  },
  "entrypoints of images": {
    isUsed: (runner) => hasFlag(runner, "FF_KUBERNETES_HONOR_ENTRYPOINT"),
    rights: [right(CORE, "pods/log", "get", "list")],
  },
  "probe of the pod": {
    isUsed: (runner) => hasFlag(runner, "FF_WAIT_FOR_POD_TO_BE_REACHABLE"),
    rights: [right(CORE, "pods/log", "get")],
  },
  "events in the job's log": {
    isUsed: (runner) => hasFlag(runner, "FF_PRINT_POD_EVENTS"),
    rights: [right(CORE, "events", "watch")],
  },
  "existing pull secrets": {
    isUsed: ({ pullSecrets = [] }) => pullSecrets.length > 0,
    rights: [right(CORE, "secrets", "get")],
  },
  "an account of jobs": {
    isUsed: ({ serviceAccount, sandboxes }) => (serviceAccount ?? sandboxes) !== undefined,
    rights: [right(CORE, "serviceaccounts", "get")],
  },
  "idle capacity": {
    isUsed: ({ idle }) => idle !== undefined,
    rights: [right("apps", "deployments", "create", "delete", "get", "list", "update")],
  },
};

/** The rules of gitlab-runner's Role in the namespace of jobs: what the runner's settings use. */
export function runnerRules(runner: KubernetesRunner): readonly RoleRule[] {
  return roleRules(
    Object.values(FEATURES)
      .filter(({ isUsed }) => isUsed(runner))
      .flatMap(({ rights }) => rights),
  );
}

function hasFlag({ featureFlags = {} }: KubernetesRunner, flag: string): boolean {
  return featureFlags[flag] === true;
}

function right(group: string, resource: string, ...verbs: readonly ApiVerb[]): Right {
  return { group, resource, verbs, scope: "sandbox" };
}
