import type { Target } from "../../losses/support.ts";
import { properties } from "../../model/properties.ts";

/** How a Docker engine expresses each property of a declaration. */
export const DOCKER: Target = {
  name: "docker",
  support: {
    sandbox: properties("yes", "description", "perBranch", "networks", "volumes"),
    network: { internal: "yes" },
    service: {
      ...properties("yes", "image", "networks", "volumes", "tmpfs", "limits", "extraHosts", "user"),
      ...properties("yes", "profiles", "alias", "command", "entrypoint", "env", "ports", "publish", "files"),
      ...properties("yes", "probe", "after", "runsOnce", "completesWithin", "privileged", "shares"),
      ...properties("yes", "dockerDaemon", "stop"),
    },
    probe: properties("yes", "exec", "tcp", "http", "log", "image"),
    job: {
      ...properties("yes", "image", "networks", "volumes", "tmpfs", "limits", "extraHosts", "user"),
      ...properties("yes", "profiles", "files", "workingFolder", "env", "entrypoint", "before", "script"),
      ...properties("yes", "cleanup", "userNamespaces", "needs", "variablesFile", "timeout"),
      gitlab: "no meaning",
    },
    gitlab: properties("no meaning", "strategy", "runner", "stage", "allowedExitCodes"),
  },
};
