import { engineTime } from "../../docker/possessions.ts";
import { type Duration, parseDuration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { forgetLife, renewLife } from "../../stacks/life.ts";
import { isProtected, SETTINGS_NAMESPACE } from "../../stacks/settings.ts";
import { stackLabels } from "../../stacks/stack-identity.ts";
import { isUp, waitForCleanUp } from "../stack/life.ts";
import { describeEnd } from "../tables/time-left.ts";
import type { Place } from "../workspace/project.ts";
import { identityOf, ownerLabel } from "../workspace/stack-plan.ts";
import { type Workspace, withWorkspace } from "../workspace/workspace.ts";

/**
 * `nestbox extend [FOR]`: the stack ends so long from now, or never.
 * @param span a duration or `never`; by default the stack's own time to live
 * @throws ConfigurationError for another text, when the stack is not up, and for an end of a protected
 * branch's
 */
export function extend(place: Place, span: string | undefined): Promise<number> {
  const asked = span === undefined ? undefined : parsedSpan(span);
  const needs = { pulumi: false, declarations: false, plans: () => [] };
  return withWorkspace(place, needs, async (workspace) => {
    const { project, engine } = workspace;
    if (isProtected(project.settings) && asked !== undefined && asked !== "never") {
      const { branch } = project.settings;
      throw new ConfigurationError(
        `extend: ${SETTINGS_NAMESPACE}:protectedBranches protects branch "${branch}", so its stack has no end`,
      );
    }
    if (!(await isUp(workspace))) throw notUp(workspace);
    const labels = stackLabels(identityOf(project, process.env), project.settings);
    const timeToLive = asked ?? project.settings.timeToLive;
    const renewal = { labels, timeToLive, mode: "exactly" } as const;
    let ends = await renewLife(engine, renewal);
    // After the life: a clean-up looks at that after it has set its tombstone.
    while (await waitForCleanUp(workspace)) {
      if (!(await isUp(workspace))) {
        await forgetLife(engine, ownerLabel(project, process.env), ends);
        throw notUp(workspace);
      }
      ends = await renewLife(engine, renewal);
    }
    process.stdout.write(`stack ${project.stack} ${describeEnd(ends, await engineTime(engine))}\n`);
    return 0;
  });
}

function notUp({ project }: Workspace): ConfigurationError {
  return new ConfigurationError(`stack ${project.stack} is not up, so it has no end; first: nestbox up`);
}

function parsedSpan(text: string): Duration | "never" {
  if (text === "never" || parseDuration(text) !== undefined) return text as Duration | "never";
  throw new ConfigurationError(`extend: "${text}" is neither "never" nor a duration such as "8h"`);
}
