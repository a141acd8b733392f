import type { Target } from "../losses/support.ts";
import { imageVariable } from "../model/image-variable.ts";

/** How a compose file expresses each property of a declaration. */
export const COMPOSE: Target = {
  name: "compose",
  support: {
    sandbox: {
      description: "no meaning",
      perBranch: {
        instead: "one project for all branches; `docker compose --project-name` creates another",
        isLost: ({ perBranch }) => perBranch !== undefined,
      },
      networks: "yes",
      volumes: "yes",
    },
    network: { internal: "yes" },
    service: {
      image: "yes",
      networks: "yes",
      volumes: "yes",
      tmpfs: "yes",
      limits: "yes",
      extraHosts: "yes",
      user: "yes",
      profiles: "yes",
      alias: "yes",
      command: "yes",
      entrypoint: "yes",
      env: "yes",
      ports: "yes",
      publish: {
        appliesTo: "fixed ports",
        instead: "a free port, so that two projects can run at once; `docker compose port` prints it",
        isLost: ({ published }) => published.some(({ host }) => host !== undefined),
      },
      files: {
        appliesTo: "files of the project",
        instead:
          "a read-only bind mount from the checkout, with its owner and mode; later changes are visible",
        isLost: ({ files }) => files.some(({ source }) => "path" in source),
      },
      probe: "yes",
      after: "yes",
      runsOnce: "yes",
      completesWithin: {
        instead: "no limit except the job's timeout",
        isLost: ({ completesWithin }) => completesWithin !== undefined && completesWithin !== "10m",
      },
      privileged: "yes",
      shares: "yes",
      dockerDaemon: "yes",
      stop: "yes",
    },
    probe: {
      exec: "yes",
      tcp: "yes",
      http: "yes",
      log: { instead: "waits until the first port accepts connections", isLost: () => true },
      image: "yes",
    },
    job: {
      image: {
        appliesTo: "variables",
        instead: "taken from the environment of `docker compose`",
        isLost: ({ image }) => imageVariable(image) !== undefined,
      },
      networks: "yes",
      volumes: "yes",
      tmpfs: "yes",
      limits: "yes",
      extraHosts: "yes",
      user: "yes",
      profiles: "yes",
      files: "yes",
      workingFolder: "yes",
      env: "yes",
      entrypoint: "yes",
      before: "yes",
      script: "yes",
      cleanup: "yes",
      userNamespaces: "yes",
      needs: {
        instead: "jobs do not start each other; run them in order",
        isLost: ({ needs }) => needs.length > 0,
      },
      variablesFile: {
        instead: "the file is removed with the job's container",
        isLost: ({ variablesFile }) => variablesFile !== undefined,
      },
      timeout: { instead: "no limit", isLost: ({ timeout }) => timeout !== "1h" },
      gitlab: "no meaning",
    },
    gitlab: {
      strategy: "no meaning",
      runner: "no meaning",
      stage: "no meaning",
      allowedExitCodes: "no meaning",
    },
  },
};
