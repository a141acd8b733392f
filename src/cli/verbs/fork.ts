import { forkServer } from "../../fork/fork-server.ts";
import { type Duration, parseDuration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { removeAbandonedSandboxes } from "../../operations/clean-up/remove-abandoned-sandboxes.ts";
import { sourceOfForks } from "../../operations/fork-source.ts";
import { sandboxInUse } from "../../operations/use-sandbox.ts";
import { openProject, type StackChoice } from "../../project/project.ts";
import { inWorkspace } from "../../project/workspace.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { answerText } from "../answers/answer-text.ts";
import type { ForkAnswer } from "../answers/answers.ts";
import { chosenService } from "../chosen-service.ts";
import { formatVariables, type VariableFormat } from "../tables/variable-formats.ts";
import { untilInterrupted } from "../until-interrupted.ts";

/** The options of `nestbox fork`, which its help describes. */
interface ForkingOptions {
  readonly for: string;
  readonly format: VariableFormat;
  readonly json?: boolean;
  readonly component?: string;
}

/**
 * `nestbox fork [SANDBOX] SERVICE`: makes a fork of a service that is up, and prints its variables.
 * @throws CannotFork for a service without forks; ConfigurationError for a sandbox that is not up, and for
 * a duration that is none
 */
export async function fork(
  choice: StackChoice,
  named: readonly string[],
  { for: text, format, json = false, component }: ForkingOptions,
  invocation: Invocation,
): Promise<number> {
  if (parseDuration(text) === undefined)
    throw new ConfigurationError(
      `--for: "${text}" is not a duration; a fork always has an end, such as "8h"`,
    );
  const project = await openProject(choice, { sandboxes: named });
  return inWorkspace(project, {}, invocation, async (workspace) => {
    await removeAbandonedSandboxes(workspace);
    const { sandbox: declared, plan, service } = await chosenService(workspace, named);
    return untilInterrupted(workspace, (signal) =>
      sandboxInUse(workspace, { plan, component })([], async (sandbox) => {
        const { addressOf, notice } = await sandbox.addresses();
        if (notice !== undefined) workspace.progress.warn(notice);
        const secretValue = (name: string) => sandbox.secrets[name] ?? "";
        const request = { declared, plan, service, sandbox, workspace, addressOf, secretValue, signal };
        const server = forkServer(await sourceOfForks(request));
        const { variables } = await server.fork({ keepFor: text as Duration, ahead: 0 });
        const answer = () =>
          answerText<ForkAnswer>({ sandbox: declared.name, service, for: text, variables });
        workspace.stdout.write(json ? answer() : formatVariables(variables, format));
        await server.end();
        return 0;
      }),
    );
  });
}
