import type { LossTable } from "../../losses/support.ts";
import { isActive } from "../../model/plan/active.ts";
import type { PlannedContainer } from "../../model/plan/plan.ts";
import { GITLAB_SERVICES, isFilled } from "./gitlab-support.ts";

/** Where neither the strategy `cluster` nor `compose` is possible. */
const OTHERWISE = "on no runner with `sandboxes` or a Docker daemon";

const { sandbox, network, service, probe, job } = GITLAB_SERVICES.exceptions;

/** What differs from the Docker executor for a service and a job. */
const CONTAINER = {
  user: {
    appliesTo: "names",
    instead: "the image's user",
    differs: "sometimes" as const,
    isLost: ({ user }: PlannedContainer) => user !== undefined && !isNumericUser(user),
  },
  platform: {
    instead: "the platform of the node",
    differs: "sometimes" as const,
    isLost: ({ platform }: PlannedContainer) => platform !== undefined,
  },
  shmSize: { ...job.shmSize, instead: "the size of the node's container runtime" },
  sysctls: { ...job.sysctls, instead: "those of the node" },
  labels: { ...job.labels, instead: "`pod_labels` in the runner's configuration apply" },
  ulimits: { ...job.ulimits, instead: "the limits of the node's container runtime" },
  noNewPrivileges: {
    ...job.noNewPrivileges,
    instead: "`allow_privilege_escalation` in the runner's configuration applies",
  },
  pidsLimit: { ...job.pidsLimit, instead: "the node's own limit for a pod, `podPidsLimit`" },
};

/** What a GitLab job whose services share its pod does not express as declared. */
export const GITLAB_PODS = {
  name: "gitlab pods",
  exceptions: {
    probe,
    sandbox,
    network,
    service: {
      ...service,
      ...CONTAINER,
      after: {
        appliesTo: OTHERWISE,
        instead: "all services start at once",
        differs: "sometimes",
        isLost: ({ after }) => isFilled(after),
      },
      runsOnce: {
        appliesTo: OTHERWISE,
        instead: "nothing waits until it completes",
        differs: "sometimes",
        isLost: ({ completesWithin }) => completesWithin !== undefined,
      },
      ports: {
        appliesTo: "of several services",
        instead: "by cluster or by compose, else an error",
        isLost: () => false,
      },
      publish: { ...service.publish, instead: "the port is reachable only from the job's pod" },
      stop: { ...service.stop, instead: "the runner removes the pod after the job, after 1 s" },
    },
    job: {
      ...job,
      ...CONTAINER,
      networks: {
        appliesTo: `several or internal, ${OTHERWISE}`,
        instead: "the pod's network, on which all reach each other and the internet",
        differs: "sometimes",
        isLost: (one, plan) => {
          const services = plan.services.filter((each) => isActive(each, one.profiles));
          const used = new Set([one, ...services].flatMap(({ networks }) => networks));
          return used.size > 1 || plan.networks.some(({ key, internal }) => internal && used.has(key));
        },
      },
      entrypoint: {
        appliesTo: "other than `[]`",
        instead: "the runner's shell, or the image's entrypoint with `FF_KUBERNETES_HONOR_ENTRYPOINT`",
        differs: "sometimes",
        isLost: ({ entrypoint = [] }) => entrypoint.length > 0,
      },
    },
  },
} satisfies LossTable;

/** Whether a pod can have the user: a number, with or without that of a group. */
export function isNumericUser(user: string | undefined): user is string {
  return user !== undefined && /^\d+(:\d+)?$/.test(user);
}
