import type { ServiceStrategy } from "../../model/gitlab-settings.ts";
import { commandIn } from "../../model/plan/place-network.ts";
import type { PlannedService } from "../../model/plan/plan.ts";
import type { Runner } from "../../model/runner/runner.ts";
import type { RunnerNeeds } from "./choose-runner.ts";
import { DAEMON_NEEDS } from "./daemon-job.ts";
import type { JobToEmit } from "./job-to-emit.ts";
import { podNeeds } from "./pod-needs.ts";

/** What a job with a strategy needs of a runner, to be written for its executor. */
export function runnerNeeds(toEmit: JobToEmit, strategy: ServiceStrategy, runner: Runner): RunnerNeeds {
  const { job, services } = toEmit;
  const { executor = "docker" } = runner;
  const privilegedServices = services.flatMap((service) => (service.privileged ? [service.image] : []));
  switch (strategy) {
    case "services":
    case "docker-in-docker":
      return {
        ...{ privilegedServices, sharedFolders: sharedFolders(toEmit), userNamespaces: job.userNamespaces },
        executor: [...podNeeds(toEmit, runner)].length > 0 ? "docker" : executor,
        commands: services.some((service) => hasCommand(service, runner)),
      };
    case "compose":
      return DAEMON_NEEDS(runner);
    case "cluster":
      return {
        ...{ executor: "kubernetes", privilegedServices, sharedFolders: [] },
        userNamespaces: job.userNamespaces,
        sandboxes: runner.sandboxes?.namespace ?? "",
      };
  }
}

/** The folders that a service shares with the job or with other services. */
function sharedFolders({ job, services }: JobToEmit): readonly string[] {
  const mounts = [job, ...services].flatMap((container) => container.mounts);
  const readers = mounts.filter(({ declared, readOnly }) => !declared && readOnly);
  return [...new Set(readers.map(({ target }) => target))];
}

function hasCommand(service: PlannedService, runner: Runner): boolean {
  return (service.entrypoint ?? commandIn(runner, service)) !== undefined;
}
