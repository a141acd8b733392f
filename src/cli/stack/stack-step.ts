import { colors } from "../../terminal/colors.ts";
import { explainPlainError } from "../pulumi/errors.ts";
import type { PulumiEnd } from "../pulumi/operation.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** As for every other mistake that the user has to correct. */
const EXIT_CONFIGURATION = 2;

/** Carries the end of an operation that failed through the step that shows it. */
class OperationFailed extends Error {
  override readonly name = "OperationFailed";
  readonly end: PulumiEnd;

  constructor(end: PulumiEnd) {
    super("the operation failed");
    this.end = end;
  }
}

/**
 * Shows an operation on the workspace's stack as one step, with what it changed, and its notes and errors.
 * @param what what the stack could not be when it fails
 */
export async function asStackStep<End extends PulumiEnd>(
  { project, progress, environment }: Workspace,
  what: "brought up" | "taken down",
  operate: () => Promise<End>,
): Promise<PulumiEnd> {
  const end = await progress
    .step(`stack ${project.stack}`, async (step) => {
      const operated = await operate();
      step.result(describeChanges(operated.changes));
      if (operated.exitCode !== 0) throw new OperationFailed(operated);
      return operated;
    })
    .catch((error: unknown) => {
      if (error instanceof OperationFailed) return error.end;
      throw error;
    });
  for (const { severity, message } of end.notes) {
    progress.print(severity === "warning" ? `${colors.yellow("warning")} ${message}` : message);
  }
  const failed = `stack ${project.stack} could not be ${what}`;
  const explained = end.errors.map((error) =>
    explainPlainError(error, failed, { ...process.env, ...environment }),
  );
  for (const { message } of explained) progress.print(`${colors.red("error")} ${message}`);
  const isConfiguration = explained.some((error) => error.isConfiguration);
  return isConfiguration ? { ...end, exitCode: EXIT_CONFIGURATION } : end;
}

function describeChanges(changes: Readonly<Record<string, number>>): string {
  const words: readonly (readonly [string, string])[] = [
    ["create", "created"],
    ["update", "updated"],
    ["replace", "replaced"],
    ["delete", "removed"],
  ];
  const done = words.flatMap(([operation, word]) =>
    changes[operation] ? [`${changes[operation]} ${word}`] : [],
  );
  if (done.length > 0) return done.join(", ");
  return changes.same ? "nothing to change" : "";
}
