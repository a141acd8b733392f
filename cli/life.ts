import { renewLife } from "../engine/life.ts";
import { stackLabels } from "../infra/stack-plan.ts";
import type { Session } from "./session.ts";
import { identityOf } from "./stack-plan.ts";

/** Lets the stack live for its time to live from now, because somebody uses it. */
export async function renewByUse({ project, engine }: Session): Promise<void> {
  const { settings } = project;
  const labels = stackLabels(identityOf(project, process.env), settings);
  await renewLife(engine, { labels, timeToLive: settings.timeToLive, mode: "use" });
}
