import { once } from "node:events";
import type { Writable } from "node:stream";
import { parseDuration } from "../../model/duration.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { removeAbandonedSandboxes } from "../../operations/clean-up/remove-abandoned-sandboxes.ts";
import { sandboxInUse } from "../../operations/use-sandbox.ts";
import { openProject, type StackChoice } from "../../project/project.ts";
import { inWorkspace } from "../../project/workspace.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { NoOutput } from "../../sandbox/no-output.ts";
import type { LogSelection, RunningSandbox } from "../../sandbox/running-sandbox.ts";
import { mayColour } from "../../terminal/colors.ts";
import { chosenPart } from "../chosen-service.ts";
import { lineFormat, type ServiceLine } from "../tables/log-lines.ts";
import { untilInterrupted } from "../until-interrupted.ts";

/** The options of `nestbox logs`, which its help describes. */
export interface LogsOptions {
  readonly follow?: boolean;
  readonly since?: string;
  readonly tail?: string;
  readonly json?: boolean;
  readonly component?: string;
}

/**
 * `nestbox logs [SANDBOX] [SERVICE]`: prints the output of a sandbox's services, or of one.
 * @returns 0; with `follow` once all services have ended, or the exit code of an interruption
 */
export async function logs(
  choice: StackChoice,
  operands: readonly string[],
  options: LogsOptions,
  invocation: Invocation,
): Promise<number> {
  const { follow = false, json = false, component } = options;
  const { stdout } = invocation;
  const part = { follow, ...(await selectionOf(options)) };
  const project = await openProject(choice, { sandboxes: operands });
  return inWorkspace(project, { pulumi: false }, invocation, async (workspace) => {
    await removeAbandonedSandboxes(workspace);
    const { plan, service } = await chosenPart(workspace, operands);
    const services = service === undefined ? plan.services.map(({ key }) => key) : [service];
    const isTerminal = "isTTY" in stdout && stdout.isTTY === true;
    const format = lineFormat(services, {
      json,
      colours: mayColour([{ isTTY: isTerminal }], invocation.environment),
      names: services.length > 1 || isTerminal,
    });
    const use = { plan, component, needsSecrets: false, whole: false };
    return untilInterrupted(workspace, (interrupted) =>
      sandboxInUse(workspace, use)([], async (sandbox) => {
        const signal = AbortSignal.any([interrupted, sandbox.lost]);
        const print = (line: ServiceLine) => write(stdout, format(line), signal);
        await printAll(sandbox, services, { ...part, signal }, print, workspace);
        return 0;
      }),
    );
  });
}

/** Prints the lines of services side by side. Of several, one without output is a warning. */
async function printAll(
  sandbox: RunningSandbox,
  services: readonly string[],
  selection: LogSelection,
  print: (line: ServiceLine) => Promise<void>,
  { progress }: Pick<Invocation, "progress">,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([selection.signal, failed.signal]);
  const printOne = async (service: string) => {
    try {
      for await (const line of sandbox.logs(service, { ...selection, signal }))
        await print({ ...line, service, sandbox: sandbox.plan.sandbox });
    } catch (error) {
      if (!(error instanceof NoOutput) || services.length === 1) {
        failed.abort(error);
        throw error;
      }
      progress.warn(error.message);
    }
  };
  const ends = await Promise.allSettled(services.map(printOne));
  signal.throwIfAborted();
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** @throws ConfigurationError for values that are none */
async function selectionOf({ since, tail }: LogsOptions): Promise<Pick<LogSelection, "within" | "last">> {
  const within = since === undefined ? undefined : parseDuration(since);
  if (since !== undefined && within === undefined)
    throw new ConfigurationError(`--since: "${since}" is not a duration; write one such as "5m"`);
  if (tail !== undefined && tail !== "all" && !/^\d{1,9}$/.test(tail))
    throw new ConfigurationError(`--tail: "${tail}" is not a number of lines; write one such as 100, or all`);
  return {
    ...(within !== undefined && { within }),
    ...(tail !== undefined && tail !== "all" && { last: Number(tail) }),
  };
}

/** Writes a text, at the pace of the reader. */
async function write(stream: Writable, text: string, signal: AbortSignal): Promise<void> {
  if (!stream.write(text)) await once(stream, "drain", { signal });
}
