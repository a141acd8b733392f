import { colors } from "../../terminal/colors.ts";
import { activeJobs, runJobs } from "../jobs/run-jobs.ts";
import { stackSites } from "../jobs/stack-sites.ts";
import { table } from "../tables/table.ts";
import type { Target } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";
import { bringStackUp } from "./up.ts";

/** `npm start`: sets up the machine, brings the sandboxes up, runs their jobs and prints next steps. */
export function start(target: Target): Promise<number> {
  return withWorkspace(target, { pulumi: true, plans: (project) => project.plans }, async (workspace) => {
    const { plans, result } = await bringStackUp(workspace);
    if (result.exitCode !== 0) return result.exitCode;
    for (const plan of plans) {
      const exitCode = await runJobs(
        workspace.progress,
        plan,
        activeJobs(workspace.progress, plan),
        await stackSites(workspace, { plan }),
      );
      if (exitCode !== 0) return exitCode;
    }
    const [first] = plans.flatMap(({ sandbox, jobs }) => (jobs.length > 0 ? [sandbox] : []));
    workspace.progress.print(`\n${nextSteps(first)}`);
    return 0;
  });
}

function nextSteps(sandbox: string | undefined): string {
  const rows = [
    ...(sandbox === undefined ? [] : [[`npx nestbox run ${sandbox}`, "run its jobs again"]]),
    ["npx nestbox ls", "list the sandboxes"],
    ["npm run down", "remove the sandboxes"],
  ];
  return `Next\n${table(
    rows.map(([command = "", meaning = ""]) => [colors.bold(command), colors.dim(meaning)]),
    "  ",
  )}`;
}
