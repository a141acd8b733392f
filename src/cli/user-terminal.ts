import type { Readable, Writable } from "node:stream";
import type { Invocation } from "../sandbox/invocation.ts";
import type { Terminal } from "../sandbox/running-sandbox.ts";

/** The input of a terminal. Each key arrives at once in raw mode, Ctrl-C among them. */
type TerminalInput = Readable & { setRawMode(raw: boolean): unknown };
type TerminalOutput = Writable & { readonly columns: number; readonly rows: number };

/** The terminal of an invocation; undefined unless input and output are both one. */
export function terminalOf({ stdin, stdout }: Pick<Invocation, "stdin" | "stdout">): Terminal | undefined {
  if (!isTerminal<TerminalInput>(stdin) || !isTerminal<TerminalOutput>(stdout)) return undefined;
  return {
    get columns() {
      return stdout.columns;
    },
    get rows() {
      return stdout.rows;
    },
    onResize(listener) {
      stdout.on("resize", listener);
      return () => stdout.off("resize", listener);
    },
  };
}

/** Works while the terminal passes every key on. Restores it afterwards, also after an error. */
export async function inRawMode<Result>(
  { stdin }: Pick<Invocation, "stdin">,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!isTerminal<TerminalInput>(stdin)) return work();
  stdin.setRawMode(true);
  try {
    return await work();
  } finally {
    stdin.setRawMode(false);
  }
}

function isTerminal<Stream>(stream: object): stream is Stream & object {
  return "isTTY" in stream && stream.isTTY === true;
}
