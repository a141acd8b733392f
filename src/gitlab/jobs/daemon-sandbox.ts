import { dind } from "../../catalog/dind.ts";
import { sandbox } from "../../model/declaration/sandbox.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { plan } from "../../model/plan/plan-sandbox.ts";

/** The image with the Docker client and the compose plugin. */
export const CLIENT_IMAGE = "docker:25.0.0-cli";

/** The folder through which a runner shares the certificates of a Docker daemon with the job. */
export const CLIENT_CERTIFICATES = "/certs/client";

/** The image of the Docker daemon, which needs a privileged container. */
export const DAEMON_IMAGE = dind().image;

/** A job with its own Docker daemon. */
export interface DaemonJob {
  readonly key: string;
  readonly script: readonly string[];
  readonly cleanup: readonly string[];
  /** Whether the daemon requires a client certificate. */
  readonly tls: boolean;
}

/** The plan of a sandbox with a Docker daemon and a job that uses it in the checkout. */
export function daemonSandbox(name: string, { key, script, cleanup, tls }: DaemonJob): Plan {
  return plan(
    sandbox(name, {
      services: { docker: dind({ tls }) },
      jobs: {
        [key]: {
          image: CLIENT_IMAGE,
          files: ".",
          env: ({ docker }) => docker.variables,
          script,
          cleanup,
        },
      },
    }),
  );
}
