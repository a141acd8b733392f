import { type Problem, requireNone } from "../../model/problem.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { shellWord } from "../../model/shell.ts";
import type { JobBody, JobToEmit } from "./job-to-emit.ts";
import { enterProject, IN_NESTBOX_IMAGE } from "./nestbox-image.ts";
import { builtParts } from "./strategy.ts";

/**
 * The job as a run of the sandbox in the cluster of the runner, apart from the job's own pod. Its script is
 * `nestbox run`, in the image of the project.
 * @throws DeclarationError for a property that needs a job in its own image
 */
export function clusterJob(toEmit: JobToEmit, runner: Runner): JobBody {
  requireNone([...inClusterProblems(toEmit)]);
  const { plan, job, folder = "" } = toEmit;
  const { image, variables } = IN_NESTBOX_IMAGE;
  const words = [
    ...["nestbox", "run", plan.sandbox, job.key, "--fresh", "--target", "kubernetes"],
    ...(runner.sandboxes === undefined ? [] : ["--namespace", runner.sandboxes.namespace]),
    ...job.profiles.flatMap((profile) => ["--profile", profile]),
  ];
  return {
    ...{ image, expandedVariables: variables, variables: {} },
    ...{ services: [], waits: [], before: enterProject(folder), cleanup: [], cache: [] },
    // The cluster is that of the pod's account, not that of a CI/CD variable.
    script: [`KUBECONFIG= ${words.map(shellWord).join(" ")}`],
  };
}

function* inClusterProblems(toEmit: JobToEmit): Iterable<Problem> {
  const { plan, job } = toEmit;
  const remedy = 'set gitlab: { strategy: "compose" }';
  for (const path of builtParts(toEmit))
    yield {
      path: `${path}.image`,
      message: `a cluster builds no images; ${remedy} for the job "${job.key}"`,
    };
  const path = `${plan.sandbox}.jobs.${job.key}.variablesFile`;
  const message = "a job in a cluster cannot write to the checkout; remove the property";
  if (job.variablesFile !== undefined) yield { path, message };
}
