import { nameBuildsOf } from "../images/name-builds.ts";
import type { Sandbox } from "../model/declaration/sandbox.ts";
import { requireSandbox } from "../model/declaration/sandbox-origin.ts";
import { plan as planSandbox } from "../model/plan/plan-sandbox.ts";
import { startSandbox } from "../operations/start-sandbox.ts";
import { requireProfiles } from "../project/require-profiles.ts";
import { explained } from "../project/workspace.ts";
import { Interrupted } from "../sandbox/invocation.ts";
import type { TargetEntry } from "../sandbox/target.ts";
import { TARGETS } from "../targets/index.ts";
import { openTrace } from "../timings/open-trace.ts";
import { timingsAbout } from "../timings/timings.ts";
import { onAbort } from "./abort.ts";
import { beforeProcessEnds } from "./process-end.ts";
import { programInvocation } from "./program-invocation.ts";
import { projectFor } from "./project-for.ts";
import type { StartOptions } from "./start-options.ts";
import type { StartedSandbox } from "./started-sandbox.ts";
import { useSandbox } from "./use-sandbox.ts";

/**
 * What `start` does, with all that it loads.
 * @param targets those to choose from. @default all
 */
export async function startDeclared<Connections>(
  declared: Sandbox<Connections>,
  options: StartOptions,
  targets: readonly TargetEntry[] = TARGETS,
): Promise<StartedSandbox<Connections>> {
  requireSandbox(declared, "start: its first argument");
  const { context, secrets, signal: given } = options;
  const end = new AbortController();
  const invocation = programInvocation(options, targets, end.signal);
  const { environment, progress } = invocation;
  const trace = await openTrace({ name: "nestbox start", start: performance.now(), environment, progress });
  const project = await projectFor(options, invocation);
  const { profiles = project.settings.profiles } = options;
  requireProfiles(declared, profiles === "all" ? [] : profiles);
  const planned = planSandbox(declared, { profiles, disposable: true });
  const plan = nameBuildsOf(planned, project.folder);
  const request = { project, plan, context, secrets, serves: true, signal: end.signal };
  const starting = (async () => {
    end.signal.throwIfAborted();
    const timings = trace && timingsAbout(trace, { sandbox: plan.sandbox, target: project.settings.target });
    const { sandbox, workspace } = await startSandbox(request, { ...invocation, timings });
    try {
      const addressOf = await explained(workspace, () => sandbox.reach());
      return useSandbox<Connections>({
        declared,
        plan,
        sandbox,
        workspace: { ...workspace, timings: undefined },
        addressOf,
        context,
        secrets,
        ended: end.signal,
      });
    } catch (error) {
      await sandbox.remove();
      throw error;
    }
  })();
  /** Beside the program's work, which goes on. */
  const sent = starting.then(
    () => trace?.send({ failed: false }),
    () => trace?.send({ failed: true }),
  );
  let removal: Promise<void> | undefined;
  const remove = () => {
    removal ??= (async () => {
      try {
        await (await starting.catch(() => undefined))?.remove();
        await sent;
      } finally {
        forget();
        ignore();
      }
    })();
    return removal;
  };
  const forget = beforeProcessEnds((signal) => {
    end.abort(signal === undefined ? undefined : new Interrupted(signal));
    return remove();
  });
  const ignore = onAbort(given, (reason) => {
    end.abort(reason);
    remove().catch(() => {});
  });
  try {
    return { ...(await starting), remove, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    end.signal.throwIfAborted();
    throw error;
  }
}
