import type { ServiceStrategy } from "../../model/gitlab-settings.ts";
import { requireNone } from "../../model/problem.ts";
import { type Runner, runsInCluster } from "../../model/runner/runner.ts";
import { chooseRunner, type NeedsOn, suitableRunner } from "./choose-runner.ts";
import { DAEMON_IMAGE } from "./daemon-sandbox.ts";
import type { JobToEmit } from "./job-to-emit.ts";
import { sharedPorts } from "./pod-needs.ts";
import { runnerNeeds } from "./runner-needs.ts";
import { builtParts, serviceStrategy, strategyByServices, unmetNeeds } from "./strategy.ts";

/** A job's runner, and how the job gets its services there. */
export interface JobOnRunner {
  readonly runner: Runner;
  readonly strategy: ServiceStrategy;
}

/**
 * The runner of a job and its strategy there. A job that no runner can run as declared runs in a pod, if that
 * only loses something.
 * @throws DeclarationError for a strategy that cannot express the plan, for ports that collide in a pod, and
 * without a suitable runner
 */
export function jobOnRunner(toEmit: JobToEmit, runners: readonly Runner[]): JobOnRunner {
  const { plan, job } = toEmit;
  const { runner: name } = job.gitlab;
  const strategyOn = (runner: Runner) => serviceStrategy(toEmit, runner);
  const needsOn: NeedsOn = (runner) => runnerNeeds(toEmit, strategyOn(runner), runner);
  const exact = suitableRunner(needsOn, runners, name);
  if (exact !== undefined) return { runner: exact, strategy: strategyOn(exact) };
  const lossy = podWithLosses(toEmit, runners);
  if (lossy !== undefined) return { runner: lossy, strategy: strategyByServices(toEmit) };
  if (runners.some((one) => runsInCluster(one) && (name ?? one.name) === one.name)) requireOwnPorts(toEmit);
  const runner = chooseRunner(`${plan.sandbox}.jobs.${job.key}.gitlab.runner`, needsOn, runners, name);
  return { runner, strategy: strategyOn(runner) };
}

/** The runner in whose pods the job runs with losses. */
function podWithLosses(toEmit: JobToEmit, runners: readonly Runner[]): Runner | undefined {
  const { strategy, runner: name } = toEmit.job.gitlab;
  const isPossible = (runner: Runner) => unmetNeeds(toEmit, runner).every(({ isLoss }) => isLoss);
  const inPods = runners.filter((runner) => runsInCluster(runner) && isPossible(runner));
  if (strategy !== undefined || inPods.length === 0 || builtParts(toEmit).length > 0) return undefined;
  const needsOn: NeedsOn = (runner) => ({
    ...runnerNeeds(toEmit, strategyByServices(toEmit), runner),
    executor: "kubernetes",
  });
  return suitableRunner(needsOn, runners, name);
}

function requireOwnPorts(toEmit: JobToEmit): void {
  const where = "in a pod of the Kubernetes executor";
  const remedy = `change it, or declare a runner with sandboxes, or one that runs ${DAEMON_IMAGE} privileged`;
  requireNone(
    [...sharedPorts(toEmit)].map(({ path, message }) => ({
      path,
      message: `${message} ${where}; ${remedy}`,
    })),
  );
}
