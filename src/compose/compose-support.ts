import type { Target } from "../losses/support.ts";
import { imageVariable } from "../model/image-variable.ts";
import { properties } from "../model/properties.ts";

/** How a compose file expresses each property of a declaration. */
export const COMPOSE: Target = {
  name: "compose",
  support: {
    sandbox: {
      description: "no meaning",
      ...properties("yes", "networks", "volumes"),
      perBranch: {
        instead: "one project for all branches; `docker compose --project-name` creates another",
        isLost: ({ perBranch }) => perBranch !== undefined,
      },
    },
    network: { internal: "yes" },
    service: {
      ...properties("yes", "image", "networks", "volumes", "tmpfs", "limits", "extraHosts", "user"),
      ...properties("yes", "profiles", "alias", "command", "entrypoint", "env", "ports", "probe", "after"),
      ...properties("yes", "runsOnce", "privileged", "shares", "dockerDaemon", "stop"),
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
      completesWithin: {
        instead: "no limit except the job's timeout",
        isLost: ({ completesWithin }) => completesWithin !== undefined && completesWithin !== "10m",
      },
    },
    probe: {
      ...properties("yes", "exec", "tcp", "http", "image"),
      log: { instead: "waits until the first port accepts connections", isLost: () => true },
    },
    job: {
      ...properties("yes", "networks", "volumes", "tmpfs", "limits", "extraHosts", "user", "profiles"),
      ...properties("yes", "files", "workingFolder", "env", "entrypoint", "before", "script", "cleanup"),
      userNamespaces: "yes",
      image: {
        appliesTo: "variables",
        instead: "taken from the environment of `docker compose`",
        isLost: ({ image }) => imageVariable(image) !== undefined,
      },
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
    gitlab: properties("no meaning", "strategy", "runner", "stage", "allowedExitCodes"),
  },
};
