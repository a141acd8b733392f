import { INTERRUPTIONS, type Invocation } from "../sandbox/invocation.ts";
import { TARGETS } from "../targets/index.ts";
import { setColours } from "../terminal/colors.ts";
import { createProgress } from "../terminal/progress.ts";

/** The invocation of a command: this process. No other module of the package reads it. */
export function processInvocation(): Invocation {
  const { stdin, stdout, stderr } = process;
  const environment = { ...process.env };
  setColours([stdout, stderr], environment);
  return {
    ...{ stdin, stdout, stderr, targets: TARGETS },
    environment,
    progress: createProgress(stderr, environment),
    onInterruption(listener) {
      for (const signal of INTERRUPTIONS) process.on(signal, listener);
      return () => {
        for (const signal of INTERRUPTIONS) process.off(signal, listener);
      };
    },
  };
}
