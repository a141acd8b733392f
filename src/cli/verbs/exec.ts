import { textStream } from "../../machine/text-stream.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { removeAbandonedSandboxes } from "../../operations/clean-up/remove-abandoned-sandboxes.ts";
import { sandboxInUse } from "../../operations/use-sandbox.ts";
import { openProject, type StackChoice } from "../../project/project.ts";
import { inWorkspace, type Workspace } from "../../project/workspace.ts";
import { CommandRefused } from "../../sandbox/command-refused.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { answerText } from "../answers/answer-text.ts";
import type { ErrorAnswer, ExecAnswer } from "../answers/answers.ts";
import { errorAnswer } from "../answers/error-answer.ts";
import { chosenService, type NamedService } from "../chosen-service.ts";
import type { Operands } from "../operands.ts";
import { reportError } from "../report-error.ts";
import { untilInterrupted } from "../until-interrupted.ts";
import { inRawMode, terminalOf } from "../user-terminal.ts";

/** The options of `nestbox exec` and `nestbox connect`, which their help describes. */
export interface ExecOptions {
  readonly component?: string;
  /** Whether the program gets a terminal where this process has one. */
  readonly tty?: boolean;
  readonly json?: boolean;
}

/**
 * `nestbox exec [SANDBOX] SERVICE -- COMMAND`: runs a command in the container of a service.
 * @returns the exit code of the command; 127 for one that the image lacks, 126 for one that cannot be run
 */
export function execCommand(
  choice: StackChoice,
  { named, command }: Operands,
  options: ExecOptions,
  invocation: Invocation,
): Promise<number> {
  if (command === undefined)
    throw new ConfigurationError(
      `COMMAND: is missing; write it after --: nestbox exec ${named.join(" ") || "SERVICE"} -- sh`,
    );
  return inService(choice, named, () => command, options, invocation);
}

/**
 * Runs a command in the container of the service that operands name.
 * @param commandOf gives the command of the service
 */
export async function inService(
  choice: StackChoice,
  named: readonly string[],
  commandOf: (service: NamedService) => readonly string[],
  options: ExecOptions,
  invocation: Invocation,
): Promise<number> {
  const project = await openProject(choice, { sandboxes: named });
  return inWorkspace(project, { pulumi: false }, invocation, async (workspace) => {
    await removeAbandonedSandboxes(workspace);
    const service = await chosenService(workspace, named);
    return runInService(workspace, service, commandOf(service), options);
  });
}

function runInService(
  workspace: Workspace,
  { plan, service }: NamedService,
  command: readonly string[],
  { component, tty = true, json = false }: ExecOptions,
): Promise<number> {
  const { stdin } = workspace;
  const terminal = tty && !json ? terminalOf(workspace) : undefined;
  const kept = { stdout: "", stderr: "" };
  const keep = (name: keyof typeof kept) =>
    textStream((text) => {
      kept[name] += text;
    });
  const { stdout, stderr } = json ? { stdout: keep("stdout"), stderr: keep("stderr") } : workspace;
  const use = { plan, component, needsSecrets: false, whole: false };
  return untilInterrupted(workspace, (interrupted) =>
    sandboxInUse(workspace, use)([], async (sandbox) => {
      const signal = AbortSignal.any([interrupted, sandbox.lost]);
      const run = () =>
        sandbox.exec(service, command, { stdin, stdout, stderr, signal, ...(terminal && { terminal }) });
      try {
        const exitCode = await (terminal === undefined ? run() : inRawMode(workspace, run));
        if (json) workspace.stdout.write(answerText<ExecAnswer>({ exitCode, ...kept }));
        return exitCode;
      } catch (error) {
        if (!(error instanceof CommandRefused)) throw error;
        reportError(error, workspace);
        const { exitCode, message } = error;
        if (json) workspace.stdout.write(answerText<ErrorAnswer>(errorAnswer(message, exitCode)));
        return exitCode;
      }
    }),
  );
}
