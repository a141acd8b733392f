import { Readable } from "node:stream";
import { lineCutter } from "../machine/lines.ts";
import { textStream } from "../machine/text-stream.ts";
import type { Invocation } from "../sandbox/invocation.ts";
import type { TargetEntry } from "../sandbox/target.ts";
import { createProgress } from "../terminal/progress.ts";
import { onAbort } from "./abort.ts";
import type { StartOptions } from "./start-options.ts";

/**
 * The invocation of a program: it prints nothing but to `log`, and hears of signals by what ends its sandbox.
 * @param ended aborted once the sandbox has to end
 */
export function programInvocation(
  { log }: Pick<StartOptions, "log">,
  targets: readonly TargetEntry[],
  ended: AbortSignal,
): Invocation {
  const environment = { ...process.env };
  const write = writerTo(log);
  const stdout = textStream(write);
  return {
    ...{ stdout, stderr: stdout, stdin: Readable.from([]), targets },
    environment,
    progress: createProgress({ write }, environment),
    onInterruption: (listener) => onAbort(ended, () => listener("SIGTERM")),
  };
}

function writerTo(log: StartOptions["log"]): (text: string) => unknown {
  if (log === undefined) return () => {};
  if (typeof log !== "function") return (text) => log.write(text);
  const cutter = lineCutter();
  return (text) => {
    for (const line of cutter.add(text)) log(line);
  };
}
