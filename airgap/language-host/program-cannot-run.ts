/**
 * A program that cannot be started as Pulumi.yaml and its folder say. The message names the place and the
 * remedy.
 */
export class ProgramCannotRun extends Error {
  override readonly name = "ProgramCannotRun";
}
