import { readFacts } from "../engine/facts.ts";
import { requireFiles } from "../infra/docker/uploads.ts";
import type { Plan } from "../sandboxes/model/plan.ts";
import { colors } from "../terminal/colors.ts";
import { withReadableState } from "./broken-state.ts";
import { renewByUse } from "./life.ts";
import { describeMeans } from "./means.ts";
import { missesParts, missesRunner } from "./missing-parts.ts";
import type { Place, Project } from "./project.ts";
import { checkPorts } from "./published-ports.ts";
import { runWhenFree } from "./pulumi-lock.ts";
import type { PulumiEnd, PulumiRun } from "./pulumi-run.ts";
import { describeSandboxes, sandboxesOn } from "./sandbox-list.ts";
import { checkSecrets, emptyPassphrase } from "./secret-values.ts";
import { type Session, withSession } from "./session.ts";
import { ensureStack } from "./stack-file.ts";
import { withStackLock } from "./stack-lock.ts";
import { ownerLabel, planProject } from "./stack-plan.ts";
import { asStackStep } from "./stack-step.ts";
import { removeStrays } from "./strays.ts";

/** `nestbox up`: brings the stack's sandboxes up. */
export function up(place: Place, { json = false }: { readonly json?: boolean }): Promise<number> {
  const needs = {
    pulumi: true,
    sandboxes: (project: Project) => project.selected,
    images: (project: Project) => project.runnerImages,
  };
  return withSession(place, needs, async (session) => {
    const { end } = await bringUp(session);
    if (end.exitCode !== 0) return end.exitCode;
    const owner = ownerLabel(session.project, process.env);
    const running = sandboxesOn(await readFacts(session.engine)).filter((sandbox) => sandbox.owner === owner);
    process.stdout.write(
      json
        ? `${JSON.stringify({ changes: end.changes, sandboxes: running }, null, 2)}\n`
        : describeSandboxes(running),
    );
    return 0;
  });
}

/** What bringing a stack up has come to. */
interface BroughtUp {
  readonly plans: readonly Plan[];
  readonly end: PulumiEnd;
}

/** Brings the stack up, once nobody else works on it, and says how that went. Mistakes that can be seen beforehand are told before Pulumi starts. */
export function bringUp(session: Session): Promise<BroughtUp> {
  return withStackLock(session, () => bringUpAlone(session));
}

async function bringUpAlone(session: Session): Promise<BroughtUp> {
  const { project, engine, progress } = session;
  let facts = await readFacts(engine);
  let plans = planProject(project, process.env, facts);
  checkSecrets(project, plans);
  for (const service of plans.flatMap(({ services }) => services)) requireFiles(service, project.folder);
  const unprotected = emptyPassphrase(plans, project, process.env);
  if (unprotected !== undefined) progress.print(`${colors.yellow("!")} ${unprotected}`);
  const owner = ownerLabel(project, process.env);
  await checkPorts(plans, facts, owner);
  progress.print(colors.dim(describeMeans(session.ready)));
  const end = await asStackStep(session, async () => {
    const operation = async (): Promise<PulumiRun> => ({
      command: session.pulumi,
      operation: "up",
      refresh: missesParts(plans, facts, owner) || (await missesRunner(session)),
      folder: project.folder,
      stack: project.stack,
      environment: session.environment,
      progress,
    });
    const first = await withReadableState(session, async () => {
      // In the state first: a clean-up looks at the engine first, so what it finds there the state knows.
      await ensureStack(session);
      if (await renewByUse(session)) {
        facts = await readFacts(engine);
        plans = planProject(project, process.env, facts);
      }
      return runWhenFree(await operation());
    });
    const strays = await removeStrays(session, plans, first);
    if (strays.length === 0) return first;
    progress.print(
      `${colors.green("✓")} removed ${strays.join(", ")}, which a command that was killed had left`,
    );
    // What was left may have been in the way: its subnet, its port.
    return first.exitCode === 0 ? first : runWhenFree(await operation());
  });
  return { plans, end };
}
