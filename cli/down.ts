import { connect } from "../engine/client.ts";
import { removeLeftovers } from "../engine/leftovers.ts";
import { colors } from "../terminal/colors.ts";
import type { Place } from "./project.ts";
import { runWhenFree } from "./pulumi-lock.ts";
import { type Session, withSession } from "./session.ts";
import { knownStacks, setBrokenStateAside } from "./stack-file.ts";
import { withStackLock } from "./stack-lock.ts";
import { ownerLabel } from "./stack-plan.ts";
import { asStackStep } from "./stack-step.ts";

/** `nestbox down`: removes the stack's sandboxes, and whatever carries their labels though the state does not know it. */
export function down(place: Place): Promise<number> {
  const needs = { pulumi: true, declarations: false, sandboxes: () => [] };
  return withSession(place, needs, (session) => withStackLock(session, () => takeDown(session)));
}

/**
 * Removes all that a stack has. Whoever calls it holds the stack's lock. Gives the exit code.
 * @param options.waits whether to wait for somebody who works on the stack elsewhere. Default: true
 */
export async function takeDown(
  session: Session,
  { waits = true }: { readonly waits?: boolean } = {},
): Promise<number> {
  const { project, progress, engine } = session;
  const broken = setBrokenStateAside(session);
  if (broken !== undefined) progress.print(`${colors.yellow("!")} ${broken}`);
  const known = await knownStacks(project, session.pulumi);
  if (known.includes(project.stack)) {
    const destruction = {
      command: session.pulumi,
      operation: "destroy",
      folder: project.folder,
      stack: project.stack,
      // A branch's stack is there for its sandboxes; another one has settings that somebody wrote.
      remove: project.settings.branch !== undefined,
      environment: session.environment,
      progress,
    } as const;
    const { exitCode } = await asStackStep(session, () => runWhenFree(destruction, { waits }));
    if (exitCode !== 0) return exitCode;
  } else {
    progress.print(`${colors.green("✓")} stack ${project.stack} is not up`);
  }
  const removed = await removeLeftovers(await connect(engine), ownerLabel(project, process.env));
  if (removed.length > 0)
    progress.print(`${colors.green("✓")} also removed ${removed.join(", ")}, which the state did not know`);
  return 0;
}
