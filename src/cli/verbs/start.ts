import type { Readable } from "node:stream";
import { nameBuildsOf } from "../../images/name-builds.ts";
import { plan as planSandbox } from "../../model/plan/plan-sandbox.ts";
import { renderValue } from "../../model/text.ts";
import { startSandbox } from "../../operations/start-sandbox.ts";
import { chosenSandbox } from "../../project/chosen-sandboxes.ts";
import { openProject, type StackChoice } from "../../project/project.ts";
import { requireProfiles } from "../../project/require-profiles.ts";
import { explained } from "../../project/workspace.ts";
import { Interrupted, type Invocation } from "../../sandbox/invocation.ts";
import { joinVariables, reachableServices } from "../../sandbox/reachable-services.ts";
import { answerText } from "../answers/answer-text.ts";
import type { StartAnswer } from "../answers/answers.ts";
import { untilInterrupted } from "../until-interrupted.ts";

/** The options of `nestbox start`, which its help describes. */
export interface StartVerbOptions {
  readonly sandbox?: string | undefined;
  /** The active profiles. */
  readonly profile?: readonly string[];
}

/**
 * `nestbox start`: starts a sandbox for the process that runs the command, prints it once every service is
 * ready, and removes it when the standard input ends: also if that process is killed.
 */
export async function startForParent(
  choice: StackChoice,
  { sandbox: name, profile }: StartVerbOptions,
  invocation: Invocation,
): Promise<number> {
  const project = await openProject(choice, { sandboxes: name === undefined ? [] : [name] });
  const declared = chosenSandbox(project, name);
  if (profile !== undefined) requireProfiles(declared, profile);
  const profiles = profile?.includes("all") ? "all" : (profile ?? project.settings.profiles);
  const plan = nameBuildsOf(planSandbox(declared, { profiles }), project.folder);
  return untilInterrupted(invocation, async (interrupted) => {
    const closed = whenEnded(invocation.stdin);
    const signal = AbortSignal.any([interrupted, closed]);
    const request = { project, plan, serves: true, signal };
    const { sandbox, workspace } = await startSandbox(request, invocation);
    try {
      const addressOf = await explained(workspace, () => sandbox.reach());
      const reachable = reachableServices(declared, addressOf);
      const value = <Value>(given: Value) => renderValue(given, (secret) => sandbox.secrets[secret] ?? "");
      const started: Omit<StartAnswer, "schema"> = {
        sandbox: plan.sandbox,
        variables: value(joinVariables(reachable)),
        services: Object.fromEntries(
          reachable.map(({ service, variables }) => {
            const [first = 0] = declared.services[service]?.ports ?? [];
            const { host = "", port = 0 } = addressOf(service, first) ?? {};
            return [service, { host, port, variables: value(variables) }];
          }),
        ),
      };
      invocation.stdout.write(answerText<StartAnswer>(started, "line"));
      await aborted(signal);
      return 0;
    } finally {
      await workspace.progress.step(`remove ${plan.sandbox}`, () => sandbox.remove());
    }
  });
}

/** A signal that is aborted once a stream has ended. */
function whenEnded(stream: Readable): AbortSignal {
  const ended = new AbortController();
  const end = () => ended.abort(new Interrupted("SIGHUP"));
  stream.once("end", end).once("close", end).on("error", end).resume();
  return ended.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
