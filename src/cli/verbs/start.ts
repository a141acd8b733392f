import { activeJobs, runJobs } from "../jobs/run-jobs.ts";
import { stackSites } from "../jobs/stack-sites.ts";
import { describeNext } from "../tables/next-steps.ts";
import type { Target } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";
import { bringStackUp } from "./up.ts";

/** `npm start`: sets up the machine, brings the sandboxes up, runs their jobs and prints next steps. */
export function start(target: Target): Promise<number> {
  return withWorkspace(target, { pulumi: true, plans: (project) => project.plans }, async (workspace) => {
    const { progress, project } = workspace;
    const { plans } = project;
    const { exitCode: broughtUp } = await bringStackUp(workspace);
    if (broughtUp !== 0) return broughtUp;
    for (const plan of plans) {
      const jobs = activeJobs(progress, plan);
      const exitCode = await runJobs(progress, plan, jobs, stackSites(workspace, { plan }));
      if (exitCode !== 0) return exitCode;
    }
    const [first] = plans.flatMap(({ sandbox, jobs }) => (jobs.length > 0 ? [sandbox] : []));
    const steps = [
      ...(first === undefined ? [] : [[`npx nestbox run ${first}`, "run its jobs again"] as const]),
      ["npx nestbox ls", "list the sandboxes"],
      ["npm run down", "remove the sandboxes"],
    ] as const;
    progress.print(`\n${describeNext(steps)}`);
    return 0;
  });
}
