import { KUBERNETES } from "../../kubernetes/kubernetes-support.ts";
import { type LossTable, otherOverrides } from "../../losses/support.ts";

const { service, probe, job, sandbox } = KUBERNETES.exceptions;
const { gitlab: _gitlab, ...ofJob } = job;

/** What a GitLab job that runs the sandbox in the cluster of its runner does not express as declared. */
export const GITLAB_CLUSTER = {
  name: "gitlab cluster",
  exceptions: {
    ...{ sandbox, probe },
    service: {
      ...service,
      publish: { ...service.publish, instead: "the port is reachable only on the sandbox's networks" },
    },
    job: {
      ...ofJob,
      needs: {
        instead: "the needed jobs run again, in the sandbox of this job",
        isLost: ({ needs }) => needs.length > 0,
      },
      variablesFile: "no meaning",
      // `nestbox run` copies them, and the job does not hand them to GitLab.
      artifacts: {
        instead: "the files are removed with the job's pod",
        isLost: ({ artifacts }) => artifacts !== undefined,
      },
      override: otherOverrides("gitlab", "kubernetes"),
    },
  },
} satisfies LossTable;
