import { DIND_IMAGE, dind } from "../../catalog/dind.ts";
import { CLIENT_IMAGE } from "../../compose/client-image.ts";
import { sandbox } from "../../model/declaration/sandbox.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { plan } from "../../model/plan/plan-sandbox.ts";

/** The image of the Docker daemon, which needs a privileged container. */
export const DAEMON_IMAGE = DIND_IMAGE;

/** The key of the job that uses the daemon. */
export const DAEMON_JOB = "compose";

/**
 * The plan of a sandbox with a Docker daemon and a job that uses it in the checkout.
 * @param tls whether the daemon requires a client certificate
 */
export function daemonSandbox(
  name: string,
  tls: boolean,
  commands: Pick<PlannedJob, "script" | "cleanup">,
): Plan {
  const client = { image: CLIENT_IMAGE, files: ".", ...commands };
  return plan(
    sandbox(name, {
      services: { docker: dind({ tls }) },
      jobs: { [DAEMON_JOB]: { ...client, env: ({ docker }) => docker.variables } },
    }),
  );
}
