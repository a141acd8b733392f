import type { Target } from "../losses/support.ts";
import { imageVariable } from "../model/image-variable.ts";
import type { PlannedContainer } from "../model/plan/plan.ts";
import { properties } from "../model/properties.ts";
import { HOST_GATEWAY } from "./lowering/host-aliases.ts";
import { numericUser } from "./lowering/pod-security.ts";
import { serviceNames } from "./lowering/service-names.ts";
import { createdAfter } from "./lowering/start-conditions.ts";

/** How they express what a service and a job have in common. */
const CONTAINER = {
  extraHosts: {
    appliesTo: `\`"${HOST_GATEWAY}"\``,
    instead: "no name, since a cluster has no such host",
    isLost: ({ extraHosts }: PlannedContainer) => Object.values(extraHosts).includes(HOST_GATEWAY),
  },
  user: {
    appliesTo: "names",
    instead: "the image's user; a pod takes only numbers",
    isLost: ({ user }: PlannedContainer) => user !== undefined && numericUser(user) === undefined,
  },
};

/** How manifests that others apply express each property of a declaration. */
export const KUBERNETES_FILES: Target = {
  name: "kubernetes files",
  support: {
    sandbox: {
      ...properties("yes", "networks", "volumes"),
      description: "no meaning",
      perBranch: {
        instead: "one namespace for all branches; `namespace:` of a kustomization over it sets another",
        isLost: ({ perBranch }) => perBranch !== undefined,
      },
    },
    network: { internal: "yes" },
    service: {
      ...properties("yes", "image", "networks", "volumes", "tmpfs", "limits", "command", "env", "ports"),
      ...properties("yes", "probe", "runsOnce", "completesWithin", "privileged", "shares", "dockerDaemon"),
      stop: "yes",
      ...CONTAINER,
      profiles: {
        instead: "always there; remove its file from kustomization.yaml",
        isLost: ({ profiles }) => profiles.length > 0,
      },
      alias: {
        appliesTo: "starting with a digit, or of several services",
        instead: "no name; a namespace has one Service of a name, which starts with a letter",
        isLost: (service, plan) => serviceNames(plan, service).length < service.aliases.length,
      },
      entrypoint: {
        appliesTo: "`[]` without a command",
        instead: "the image's entrypoint",
        isLost: ({ entrypoint, command = [] }) => entrypoint?.length === 0 && command.length === 0,
      },
      publish: {
        instead: "reachable by `kubectl port-forward`",
        isLost: ({ published }) => published.length > 0,
      },
      files: {
        appliesTo: "files of the project",
        instead: "a copy in a ConfigMap; emit again after a change of the files",
        isLost: ({ files }) => files.some(({ source }) => "path" in source),
      },
      after: {
        appliesTo: "services that complete, have a log probe or no port, or share no network",
        instead: "starts without waiting for those",
        isLost: (service, plan) => Object.keys(createdAfter(plan, service)).length > 0,
      },
    },
    probe: {
      ...properties("yes", "exec", "tcp", "http"),
      log: { instead: "ready when the first port accepts connections", isLost: () => true },
      image: { instead: "ready when the first port accepts connections", isLost: () => true },
    },
    job: {
      ...properties("yes", "networks", "volumes", "tmpfs", "limits", "profiles", "workingFolder", "env"),
      ...properties("yes", "entrypoint", "before", "cleanup", "timeout"),
      image: {
        appliesTo: "variables",
        instead: "an image that does not exist; write the image into the file",
        isLost: ({ image }) => imageVariable(image) !== undefined,
      },
      ...CONTAINER,
      files: {
        instead: "the job waits until `kubectl exec` has copied them into its pod",
        isLost: ({ projectFiles }) => projectFiles !== undefined,
      },
      script: {
        appliesTo: "GitLab's predefined variables",
        instead: "the variables are not set; add them to the container's `env`",
        isLost: ({ predefined: { required, optional } }) => required.length + optional.length > 0,
      },
      userNamespaces: {
        instead: "the node's own seccomp and AppArmor profiles, which may refuse them",
        isLost: ({ userNamespaces }) => userNamespaces,
      },
      needs: {
        instead: "jobs do not start each other; create them in order",
        isLost: ({ needs }) => needs.length > 0,
      },
      variablesFile: {
        instead: "the termination message of the job's container, up to 4 KiB",
        isLost: ({ variablesFile }) => variablesFile !== undefined,
      },
      gitlab: "no meaning",
    },
    gitlab: properties("no meaning", "strategy", "runner", "stage", "allowedExitCodes"),
  },
};

const { sandbox, service, probe, job } = KUBERNETES_FILES.support;

/**
 * How a sandbox that Nestbox itself runs in a cluster expresses each property: it creates what depends on a
 * service later, reads outputs, copies files and runs the jobs in order.
 */
export const KUBERNETES: Target = {
  name: "kubernetes",
  support: {
    ...KUBERNETES_FILES.support,
    sandbox: { ...sandbox, ...properties("yes", "perBranch") },
    service: {
      ...service,
      ...properties("yes", "profiles", "files", "after"),
      publish: {
        instead: "a free port of 127.0.0.1 while a command of this machine runs",
        isLost: ({ published }) => published.length > 0,
      },
    },
    probe: { ...probe, ...properties("yes", "log") },
    job: {
      ...job,
      ...properties("yes", "image", "files", "script", "needs"),
      variablesFile: {
        appliesTo: "more than 4 KiB",
        instead: "an error; a cluster hands over up to 4 KiB",
        isLost: () => false,
      },
    },
  },
};
