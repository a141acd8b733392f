import { type LossTable, ONLY_GITLAB, otherOverrides } from "../losses/support.ts";
import { isMounted } from "../model/file-source.ts";
import { imageVariable } from "../model/image-variable.ts";
import type { PlannedContainer } from "../model/plan/plan.ts";
import { HOST_GATEWAY } from "./lowering/host-aliases.ts";
import { legalLabels } from "./lowering/object-labels.ts";
import { SECURITY_LOSSES } from "./lowering/pod-security.ts";
import { serviceNames } from "./lowering/service-names.ts";
import { createdAfter } from "./lowering/start-conditions.ts";

/** What a service and a job have in common. */
const CONTAINER = {
  // Refused, see withPublishedImages.
  image: { appliesTo: "builds without a registry", instead: "an error", isLost: () => false },
  extraHosts: {
    appliesTo: `\`"${HOST_GATEWAY}"\``,
    instead: "no name, since a cluster has no such host",
    differs: "always" as const,
    isLost: ({ extraHosts }: PlannedContainer) => Object.values(extraHosts).includes(HOST_GATEWAY),
  },
  ...SECURITY_LOSSES,
  override: otherOverrides("kubernetes"),
  labels: {
    appliesTo: "names and values that Kubernetes does not take",
    instead: "no label",
    isLost: ({ labels = {} }: PlannedContainer) =>
      Object.keys(legalLabels(labels)).length < Object.keys(labels).length,
  },
  ulimits: {
    instead: "the limits of the node's container runtime",
    differs: "sometimes" as const,
    isLost: ({ ulimits = {} }: PlannedContainer) => Object.keys(ulimits).length > 0,
  },
};

/**
 * What a sandbox that Nestbox itself runs in a cluster does not express as declared. Nestbox creates what
 * depends on a service later, reads outputs, copies files and artifacts, and runs the jobs in order.
 */
export const KUBERNETES = {
  name: "kubernetes",
  exceptions: {
    sandbox: { description: "no meaning" },
    service: {
      ...CONTAINER,
      alias: {
        appliesTo: "starting with a digit, or of several services",
        instead: "no name; a namespace has one Service of a name, which starts with a letter",
        differs: "sometimes",
        isLost: (service, plan) => serviceNames(plan, service).length < service.aliases.length,
      },
      entrypoint: {
        appliesTo: "`[]` without a command",
        instead: "the image's entrypoint",
        isLost: ({ entrypoint, command = [] }) => entrypoint?.length === 0 && command.length === 0,
      },
      files: {
        appliesTo: "`mount`",
        instead: "read-only copies, as without it",
        differs: "sometimes",
        isLost: ({ files }) => files.some(({ source }) => isMounted(source)),
      },
      publish: {
        instead: "a free port of 127.0.0.1 while a command of this machine runs",
        isLost: ({ published }) => published.length > 0,
      },
    },
    probe: {
      image: { instead: "ready when the first port accepts connections", isLost: () => true },
    },
    job: {
      ...CONTAINER,
      userNamespaces: {
        instead: "the node's own seccomp and AppArmor profiles, which may refuse them",
        isLost: ({ userNamespaces }) => userNamespaces,
      },
      variablesFile: {
        appliesTo: "more than 4 KiB",
        instead: "an error; a cluster hands over up to 4 KiB",
        isLost: () => false,
      },
      cache: { instead: "an empty folder in each run", isLost: ({ cache }) => cache !== undefined },
      gitlab: "no meaning",
    },
    gitlab: ONLY_GITLAB,
  },
} satisfies LossTable;

const { sandbox, service, probe, job, gitlab } = KUBERNETES.exceptions;

/** What manifests that others apply do not express as declared. */
export const KUBERNETES_FILES = {
  name: "kubernetes files",
  exceptions: {
    gitlab,
    sandbox: {
      ...sandbox,
      perBranch: {
        instead: "one namespace for all branches; `namespace:` of a kustomization over it sets another",
        isLost: ({ perBranch }) => perBranch !== undefined,
      },
    },
    service: {
      ...service,
      // Refused, see requireNoBuilds.
      image: { appliesTo: "builds", instead: "an error; name the pushed image", isLost: () => false },
      // Nestbox forks services that it reaches.
      seed: "no meaning",
      profiles: {
        instead: "always there; remove its file from kustomization.yaml",
        isLost: ({ profiles }) => profiles.length > 0,
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
        isLost: (one, plan) => Object.keys(createdAfter(plan, one)).length > 0,
      },
    },
    probe: {
      ...probe,
      log: { instead: "ready when the first port accepts connections", isLost: () => true },
    },
    job: {
      ...job,
      image: {
        appliesTo: "variables",
        instead: "an image that does not exist; write the image into the file",
        isLost: ({ image }) => imageVariable(image) !== undefined,
      },
      files: {
        instead: "the job waits until `kubectl exec` has copied them into its pod",
        isLost: ({ projectFiles }) => projectFiles !== undefined,
      },
      script: {
        appliesTo: "GitLab's predefined variables",
        instead: "the variables are not set; add them to the container's `env`",
        isLost: ({ predefined: { required, optional } }) => required.length + optional.length > 0,
      },
      needs: {
        instead: "jobs do not start each other; create them in order",
        isLost: ({ needs }) => needs.length > 0,
      },
      variablesFile: {
        instead: "the termination message of the job's container, up to 4 KiB",
        isLost: ({ variablesFile }) => variablesFile !== undefined,
      },
      artifacts: {
        instead: "the files are removed with the job's pod",
        isLost: ({ artifacts }) => artifacts !== undefined,
      },
    },
  },
} satisfies LossTable;
