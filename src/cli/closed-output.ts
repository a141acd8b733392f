import { constants } from "node:os";
import { EXIT_FAILED } from "../machine/exit-codes.ts";

/** The exit codes of shells for a program whose output nobody reads, by the system's error. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  EPIPE: 128 + constants.signals.SIGPIPE,
  // Of a terminal that is gone.
  EIO: 128 + constants.signals.SIGHUP,
};

/**
 * Interrupts the command, as a closed terminal does, once its output cannot be written: the program behind a
 * pipe has ended, or a disk is full. Without work that an interruption ends, the process ends at once.
 * @returns gives the exit code of that end; undefined as long as the output is open
 */
export function watchOutput(): () => number | undefined {
  let exitCode: number | undefined;
  const onError = (stream: NodeJS.WriteStream) => (error: NodeJS.ErrnoException) => {
    // Messages about the end cannot be written either.
    if (exitCode !== undefined) return;
    const { code = "", message } = error;
    exitCode = EXIT_CODES[code] ?? EXIT_FAILED;
    if (EXIT_CODES[code] === undefined && stream === process.stdout)
      process.stderr.write(`error standard output: ${message}; free space, or write elsewhere\n`);
    if (!process.emit("SIGHUP", "SIGHUP")) process.exit(exitCode);
    // The set-up ends the process by the signal that it has received.
    process.on("SIGHUP", () => {
      if (process.listenerCount("SIGHUP") === 1) process.exit(exitCode);
    });
  };
  for (const stream of [process.stdout, process.stderr]) stream.on("error", onError(stream));
  return () => exitCode;
}
