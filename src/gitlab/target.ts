import type { Target } from "../sandbox/target.ts";
import { GITLAB_CLUSTER } from "./jobs/cluster-support.ts";
import { gitlabEmission, JOB_FILES, ROOT_FILE } from "./jobs/gitlab-emission.ts";
import { GITLAB_COMPOSE, GITLAB_SERVICES } from "./jobs/gitlab-support.ts";
import { missingInclude } from "./jobs/missing-include.ts";
import { GITLAB_PODS } from "./jobs/pod-support.ts";

/** GitLab CI jobs. */
export const GITLAB_TARGET: Target = {
  name: "gitlab",
  losses: [GITLAB_SERVICES, GITLAB_PODS, GITLAB_COMPOSE, GITLAB_CLUSTER],
  emits: {
    needs: { runners: true, branches: true },
    paths: [JOB_FILES, ROOT_FILE],
    emit: gitlabEmission,
    advice: missingInclude,
    proof: async (settings) => (await import("./proof/gitlab-proof.ts")).gitlabProof(settings),
  },
};
