import { colors } from "../../terminal/colors.ts";
import { table } from "../tables/table.ts";
import type { Place } from "../workspace/project.ts";
import { withWorkspace } from "../workspace/workspace.ts";
import { runJobsOf } from "./run.ts";
import { bringUp } from "./up.ts";

/**
 * `npm start`: sets up what is missing, brings the stack's sandboxes up, runs their jobs, and says what to
 * try next.
 */
export function start(place: Place): Promise<number> {
  return withWorkspace(place, { pulumi: true, plans: (project) => project.plans }, async (workspace) => {
    const { plans, end } = await bringUp(workspace);
    if (end.exitCode !== 0) return end.exitCode;
    for (const plan of plans) {
      const exitCode = await runJobsOf(workspace, plan);
      if (exitCode !== 0) return exitCode;
    }
    const [first] = plans.flatMap(({ sandbox, jobs }) => (jobs.length > 0 ? [sandbox] : []));
    workspace.progress.print(`\n${next(first)}`);
    return 0;
  });
}

/** @param sandbox one that has jobs, if any has */
function next(sandbox: string | undefined): string {
  const rows = [
    ...(sandbox === undefined ? [] : [[`npx nestbox run ${sandbox}`, "its jobs again"]]),
    ["npx nestbox ls", "what is up"],
    ["npm run down", "remove it"],
  ];
  return `Next\n${table(
    rows.map(([command = "", meaning = ""]) => [colors.bold(command), colors.dim(meaning)]),
    "  ",
  )}`;
}
