/** A program cannot be started with its Pulumi.yaml and folder. */
export class ProgramCannotRun extends Error {
  override readonly name = "ProgramCannotRun";
}
