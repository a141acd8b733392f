import { dind } from "../../catalog/dind.ts";
import { sandbox } from "../../model/declaration/sandbox.ts";
import type { Plan, PlannedJob } from "../../model/plan/plan.ts";
import { plan } from "../../model/plan/plan-sandbox.ts";

/** The image with the Docker client and the compose plugin. */
export const CLIENT_IMAGE = "docker:25.0.0-cli";

/** The image of the Docker daemon, which needs a privileged container. */
export const DAEMON_IMAGE = dind().image;

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
      jobs: { compose: { ...client, env: ({ docker }) => docker.variables } },
    }),
  );
}
