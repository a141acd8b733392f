import { type Duration, parseDuration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { isUp, renewAfterRemoval } from "../../stacks/stack-lease.ts";
import { isProtected, SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { ownerLabels, reportWait } from "../stack/stack-use.ts";
import { describeEnd } from "../tables/time-left.ts";
import type { Target } from "../workspace/project.ts";
import { type Workspace, withWorkspace } from "../workspace/workspace.ts";

/**
 * `nestbox extend [FOR]`: sets the end of the stack, from now.
 * @param span a duration or `never`. Default: the stack's time to live
 * @throws ConfigurationError for another text, for a stack that is not up, and for a duration on the stack of
 * a protected branch
 */
export function extend(target: Target, span: string | undefined): Promise<number> {
  const requested = span === undefined ? undefined : parsedSpan(span);
  const needs = { pulumi: false, declarations: false, plans: () => [] };
  return withWorkspace(target, needs, async (workspace) => {
    const { owner, project, place } = workspace;
    if (isProtected(project.settings) && requested !== undefined && requested !== "never") {
      const { branch } = project.settings;
      throw new ConfigurationError(
        `extend: ${SETTINGS_NAMESPACE}:protectedBranches protects branch "${branch}", ` +
          "so its stack never ends; leave out the duration",
      );
    }
    if (!(await isUp(place, owner))) throw notUp(workspace);
    const labels = ownerLabels(workspace);
    const renewal = { labels, timeToLive: requested ?? project.settings.timeToLive };
    const onWait = () => reportWait(workspace);
    const { expires, lease, hasWaited } = await renewAfterRemoval(place, renewal, "exactly", onWait);
    if (hasWaited && !(await isUp(place, owner))) {
      await lease?.remove();
      throw notUp(workspace);
    }
    process.stdout.write(`stack ${project.stack} ${describeEnd(expires, await place.leases.now())}\n`);
    return 0;
  });
}

function notUp({ project }: Workspace): ConfigurationError {
  return new ConfigurationError(`stack ${project.stack}: is not up, so it has no end; run nestbox up first`);
}

function parsedSpan(text: string): Duration | "never" {
  if (text === "never" || parseDuration(text) !== undefined) return text as Duration | "never";
  throw new ConfigurationError(`extend: "${text}" is not a duration; write one such as "8h", or "never"`);
}
