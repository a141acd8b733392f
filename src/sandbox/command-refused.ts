import { ConfigurationError } from "../model/problem.ts";

/** A container cannot run a command: its image has no such program, or one that cannot be run. */
export class CommandRefused extends ConfigurationError {
  override readonly name = "CommandRefused";
  /** That of shells: 127 for a program that is missing, 126 for one that cannot be run. */
  readonly exitCode: 126 | 127;

  constructor(message: string, exitCode: CommandRefused["exitCode"]) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * The error for a command that a container cannot run.
 * @param path of the service or job
 * @param reason as the place reports it
 */
export function commandRefused(path: string, [program]: readonly string[], reason: string): CommandRefused {
  const isMissing = /no such file|not found/i.test(reason);
  return new CommandRefused(
    `${path}: its image cannot run "${program}" (${reason}); name a program that the image has`,
    isMissing ? 127 : 126,
  );
}
