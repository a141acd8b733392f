import { colors } from "../terminal/colors.ts";
import type { Place } from "./project.ts";
import { runJobsOf } from "./run.ts";
import { withSession } from "./session.ts";
import { table } from "./table.ts";
import { bringUp } from "./up.ts";

/** `npm start`: sets up what is missing, brings the stack's sandboxes up, runs their jobs, and says what to try next. */
export function start(place: Place): Promise<number> {
  return withSession(place, { pulumi: true, sandboxes: (project) => project.selected }, async (session) => {
    const { plans, end } = await bringUp(session);
    if (end.exitCode !== 0) return end.exitCode;
    for (const plan of plans) {
      const exitCode = await runJobsOf(session, plan);
      if (exitCode !== 0) return exitCode;
    }
    const [first] = plans.flatMap(({ sandbox, jobs }) => (jobs.length > 0 ? [sandbox] : []));
    session.progress.print(`\n${next(first)}`);
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
