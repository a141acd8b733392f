import { renewLife } from "../engine/life.ts";
import { LABEL, type Labels } from "../sandboxes/model/labels.ts";
import type { Project } from "./project.ts";
import type { Session } from "./session.ts";
import { ownerLabel } from "./stack-plan.ts";

/** The labels by which all that a stack owns is known, its life too. */
export function stackLabels(project: Project): Labels {
  const { branch } = project.settings;
  return {
    [LABEL.owner]: ownerLabel(project, process.env),
    [LABEL.project]: project.name,
    [LABEL.stack]: project.stack,
    ...(branch !== undefined && { [LABEL.branch]: branch }),
  };
}

/** Lets the stack live for its time to live from now, because somebody uses it. */
export async function renewByUse({ project, engine }: Session): Promise<void> {
  const { timeToLive } = project.settings;
  await renewLife(engine, { labels: stackLabels(project), timeToLive, mode: "use" });
}
