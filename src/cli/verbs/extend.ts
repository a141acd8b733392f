import { ConfigurationError } from "../../model/problem.ts";
import { ownerTitle, renewalOf, reportWait } from "../../operations/stack/stack-use.ts";
import type { StackChoice } from "../../project/project.ts";
import { type Workspace, withWorkspace } from "../../project/workspace.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { isUp, renewAfterRemoval } from "../../stacks/stack-lease.ts";
import { isProtected, SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { describeEnd } from "../../stacks/time-left.ts";
import { answerText } from "../answers/answer-text.ts";
import type { ExtendAnswer } from "../answers/answers.ts";
import { durationOption } from "../duration-option.ts";

/**
 * `nestbox extend [FOR]`: sets the end of the stack, or of the sandboxes of this checkout, from now.
 * @param span a duration or `never`. Default: the time to live of the settings
 * @throws ConfigurationError for another text, for sandboxes that are not up, and for a duration on the stack
 * of a protected branch
 */
export function extend(
  choice: StackChoice,
  span: string | undefined,
  { json = false }: { readonly json?: boolean },
  invocation: Invocation,
): Promise<number> {
  const requested = span === undefined ? undefined : durationOption("extend", span);
  return withWorkspace(choice, { pulumi: false, declarations: false }, invocation, async (workspace) => {
    const { owner, project, place } = workspace;
    if (isProtected(project.settings) && requested !== undefined && requested !== "never") {
      const { branch } = project.settings;
      throw new ConfigurationError(
        `extend: ${SETTINGS_NAMESPACE}:protectedBranches protects branch "${branch}", ` +
          "so its stack never ends; leave out the duration",
      );
    }
    if (!(await isUp(place, owner))) throw notUp(workspace);
    const renewal = { ...renewalOf(workspace), ...(requested !== undefined && { timeToLive: requested }) };
    const onWait = () => reportWait(workspace);
    const { expires, lease, hasWaited } = await renewAfterRemoval(place, renewal, "exactly", onWait);
    if (hasWaited && !(await isUp(place, owner))) {
      await lease?.remove();
      throw notUp(workspace);
    }
    if (json) {
      const ends = expires === "never" ? expires : new Date(expires).toISOString();
      workspace.stdout.write(answerText<ExtendAnswer>({ ends }));
      return 0;
    }
    const separator = project.hasStacks ? " " : ": ";
    const end = describeEnd(expires, await place.leases.now());
    workspace.stdout.write(`${ownerTitle(project)}${separator}${end}\n`);
    return 0;
  });
}

function notUp({ project }: Workspace): ConfigurationError {
  return new ConfigurationError(`${ownerTitle(project)}: is not up, so it has no end; run nestbox up first`);
}
