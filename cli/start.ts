import { readFacts } from "../engine/facts.ts";
import { colors } from "../terminal/colors.ts";
import type { Place } from "./project.ts";
import { runPlannedJob } from "./run.ts";
import { withSession } from "./session.ts";
import { table } from "./table.ts";
import { bringUp } from "./up.ts";

/** `npm start`: sets up what is missing, brings the stack's sandboxes up, runs their jobs, and says what to try next. */
export function start(place: Place): Promise<number> {
  return withSession(place, { pulumi: true, sandboxes: (project) => project.selected }, async (session) => {
    const { plans, end } = await bringUp(session);
    if (end.exitCode !== 0) return end.exitCode;
    const facts = await readFacts(session.engine);
    for (const plan of plans) {
      for (const job of plan.jobs) {
        const exitCode = await runPlannedJob(session, plan, job, facts);
        if (exitCode !== 0) return exitCode;
      }
    }
    const [first = ""] = plans.map(({ sandbox }) => sandbox);
    session.progress.print(`\n${next(first)}`);
    return 0;
  });
}

function next(sandbox: string): string {
  const rows = [
    [`npx nestbox run ${sandbox}`, "its jobs again"],
    ["npx nestbox ls", "what is up"],
    ["npm run down", "remove it"],
  ];
  return `Next\n${table(
    rows.map(([command = "", meaning = ""]) => [colors.bold(command), colors.dim(meaning)]),
    "  ",
  )}`;
}
