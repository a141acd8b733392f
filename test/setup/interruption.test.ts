import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const INTERRUPTION = join(__dirname, "../../src/setup/interruption.ts");
const CHILD_PROCESS = join(__dirname, "../../src/machine/child-process.ts");

/** A process that waits in interruptible work, and prints its end. */
function worker(): ReturnType<typeof spawn> & { stdout: NodeJS.ReadableStream } {
  const script = `
    const { interruptible } = await import(${JSON.stringify(INTERRUPTION)});
    const { runChild } = await import(${JSON.stringify(CHILD_PROCESS)});
    await interruptible(async (signal) => {
      try {
        const onLine = () => console.log("working");
        await runChild({ command: "sh", args: ["-c", "echo ready; sleep 1000"], signal, onLine });
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 50));
        console.log("tidied up");
      }
    }, () => console.log("closing"));
    console.log("never said");`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends the work with its clean-up, then the process",
  async (signal) => {
    const child = worker();
    let output = "";
    child.stdout.on("data", (data) => {
      if (output === "") child.kill(signal);
      output += data;
    });
    const [code, endedBy] = await once(child, "close");
    expect(output).toBe("working\ntidied up\nclosing\n");
    expect({ code, endedBy }).toEqual({ code: null, endedBy: signal });
  },
);
