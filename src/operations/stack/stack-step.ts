import { EXIT_CONFIGURATION } from "../../machine/exit-codes.ts";
import type { Workspace } from "../../project/workspace.ts";
import { colors } from "../../terminal/colors.ts";
import { explainPlainError } from "../pulumi/explain-errors.ts";
import type { PulumiResult } from "../pulumi/operation.ts";

/** Pulumi's changes, as participles. */
const CHANGES = { create: "created", update: "updated", replace: "replaced", delete: "removed" };

/** The result of an operation without changes. */
const NO_CHANGES = { "brought up": "nothing to change", "taken down": "nothing to remove" } as const;

/**
 * Runs an operation as a progress step, and prints its changes, notes and errors. An error that the user has
 * to correct turns the exit code into 2.
 * @param participle the operation in the message of a failure
 */
export async function asStackStep(
  { project, progress, environment }: Workspace,
  participle: keyof typeof NO_CHANGES,
  operate: () => Promise<PulumiResult>,
): Promise<PulumiResult> {
  const operation = operate();
  const shown = progress.step(`stack ${project.stack}`, async (step) => {
    const { exitCode, changes } = await operation;
    step.result(describeChanges(changes) || (exitCode === 0 ? NO_CHANGES[participle] : ""));
    if (exitCode !== 0) throw new Error("failed");
  });
  await shown.catch(() => {});
  const result = await operation;
  for (const { severity, message } of result.notes) {
    progress.print(severity === "warning" ? `${colors.yellow("warning")} ${message}` : message);
  }
  const failed = `stack ${project.stack} could not be ${participle}`;
  const explained = result.errors.map((error) => explainPlainError(error, failed, environment));
  for (const { message } of explained) progress.fail(message);
  const isConfiguration = explained.some((error) => error.isConfiguration);
  return isConfiguration ? { ...result, exitCode: EXIT_CONFIGURATION } : result;
}

function describeChanges(changes: Readonly<Record<string, number>>): string {
  const done = Object.entries(CHANGES).filter(([operation]) => changes[operation]);
  return done.map(([operation, word]) => `${changes[operation]} ${word}`).join(", ");
}
