import { colors } from "../../terminal/colors.ts";
import { EXIT_CONFIGURATION } from "../exit-codes.ts";
import { explainPlainError } from "../pulumi/explain-errors.ts";
import type { PulumiResult } from "../pulumi/operation.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** The result of an operation without changes. */
const NO_CHANGES = { "brought up": "nothing to change", "taken down": "nothing to remove" } as const;

/** Carries the result of a failed operation through its progress step. */
class OperationFailed extends Error {
  override readonly name = "OperationFailed";
  readonly result: PulumiResult;

  constructor(result: PulumiResult) {
    super("the operation failed");
    this.result = result;
  }
}

/**
 * Runs an operation as a progress step, and prints its changes, notes and errors. An error that the user has
 * to correct turns the exit code into 2.
 * @param participle the operation in the message of a failure
 */
export async function asStackStep<Result extends PulumiResult>(
  { project, progress, environment }: Workspace,
  participle: keyof typeof NO_CHANGES,
  operate: () => Promise<Result>,
): Promise<PulumiResult> {
  const result = await progress
    .step(`stack ${project.stack}`, async (step) => {
      const operated = await operate();
      const hasSucceeded = operated.exitCode === 0;
      step.result(describeChanges(operated.changes) || (hasSucceeded ? NO_CHANGES[participle] : ""));
      if (!hasSucceeded) throw new OperationFailed(operated);
      return operated;
    })
    .catch((error: unknown) => {
      if (error instanceof OperationFailed) return error.result;
      throw error;
    });
  for (const { severity, message } of result.notes) {
    progress.print(severity === "warning" ? `${colors.yellow("warning")} ${message}` : message);
  }
  const failed = `stack ${project.stack} could not be ${participle}`;
  const explained = result.errors.map((error) =>
    explainPlainError(error, failed, { ...process.env, ...environment }),
  );
  for (const { message } of explained) progress.print(`${colors.red("error")} ${message}`);
  const isConfiguration = explained.some((error) => error.isConfiguration);
  return isConfiguration ? { ...result, exitCode: EXIT_CONFIGURATION } : result;
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
  return done.join(", ");
}
