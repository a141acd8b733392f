import { cachesOf, removeCaches } from "../../docker/job-caches.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { removeAbandonedSandboxes } from "../../operations/clean-up/remove-abandoned-sandboxes.ts";
import { keepDown } from "../../operations/keep-down.ts";
import { waitUntilGone } from "../../operations/stack/pending-removals.ts";
import { withStackLock } from "../../operations/stack/stack-lock.ts";
import { takeDown } from "../../operations/stack/take-down.ts";
import { checkoutOwnership } from "../../project/owner.ts";
import type { StackChoice } from "../../project/project.ts";
import { type Workspace, withWorkspace } from "../../project/workspace.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { isProtected, SETTINGS_NAMESPACE } from "../../stacks/stack-settings.ts";
import { answerText } from "../answers/answer-text.ts";
import type { DownAnswer, ErrorAnswer } from "../answers/answers.ts";
import { errorAnswer } from "../answers/error-answer.ts";
import { withVerb } from "../missing-right.ts";

/** The options of `nestbox down`, which its help describes. */
interface DownOptions {
  readonly sandboxes?: readonly string[];
  readonly force?: boolean;
  readonly wait?: boolean;
  readonly volumes?: boolean;
  readonly json?: boolean;
}

/**
 * `nestbox down`: removes the stack's sandboxes, and resources with their labels that are not in the state;
 * also those of this checkout that are up without a stack, and with `volumes` the caches of its jobs.
 * @throws ConfigurationError for the stack of a protected branch, without `force`
 */
export function down(choice: StackChoice, options: DownOptions, invocation: Invocation): Promise<number> {
  const { sandboxes = [], force = false, wait = false, volumes = false, json = false } = options;
  return withWorkspace(choice, { declarations: false }, invocation, async (workspace) => {
    const { settings, stack, hasStacks } = workspace.project;
    await removeAbandonedSandboxes(workspace);
    if (hasStacks && sandboxes.length > 0)
      throw new ConfigurationError(
        `${sandboxes[0]}: a stack is taken down as a whole; leave out the sandbox, or run pulumi destroy`,
      );
    if (isProtected(settings) && !force) {
      throw new ConfigurationError(
        `stack ${stack}: ${SETTINGS_NAMESPACE}:protectedBranches protects branch "${settings.branch}"; ` +
          "to remove its sandboxes, add --force",
      );
    }
    const up = json ? await sandboxesUp(workspace) : [];
    await keepDown(workspace, sandboxes);
    const exitCode = hasStacks ? await takeStackDown(workspace) : 0;
    const { engine, progress, project } = workspace;
    const caches =
      volumes && engine !== undefined
        ? await removeCaches(engine, await cachesOf(engine, project.folder))
        : [];
    if (caches.length > 0) progress.done(`removed ${caches.join(", ")}`);
    if (exitCode === 0 && wait) await waitUntilGone(workspace);
    if (json) {
      const removed = up.filter((name) => sandboxes.length === 0 || sandboxes.includes(name));
      const failure = errorAnswer(`stack ${stack}: was not taken down`, exitCode);
      const answer = { sandboxes: removed, caches };
      workspace.stdout.write(
        exitCode === 0 ? answerText<DownAnswer>(answer) : answerText<ErrorAnswer>(failure),
      );
    }
    return exitCode;
  });
}

/** The names of the sandboxes of the stack, and of those of this checkout that are up without one. */
async function sandboxesUp({ owner, place, project }: Workspace): Promise<readonly string[]> {
  const owners = new Set([owner, checkoutOwnership(project).owner]);
  const listed = await Promise.all([...owners].map((each) => place.list(each)));
  return [...new Set(listed.flat().map(({ sandbox }) => sandbox))];
}

async function takeStackDown(workspace: Workspace): Promise<number> {
  try {
    return await withStackLock(workspace, () => takeDown(workspace));
  } catch (error) {
    throw withVerb(error, "pulumi");
  }
}
