import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import type { Environment } from "../../machine/environment.ts";

/**
 * Starts a process that holds sandboxes until this process ends.
 * @returns the path of its socket
 */
export function startHolder(environment: Environment): Promise<string> {
  const file = createRequire(import.meta.url).resolve("#sandbox-holder");
  // A session of its own: Ctrl-C in a terminal must not end it before it has removed everything.
  const holder = spawn(process.execPath, [file], {
    ...{ env: environment, detached: true },
    stdio: ["pipe", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    let errors = "";
    holder.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    holder.once("error", reject);
    holder.once("exit", (code) =>
      reject(new Error(`the process that holds the sandboxes of tests ended with ${code}:\n${errors}`)),
    );
    holder.stdout.once("data", (data) => {
      // The pipes are sockets. Neither they nor the process keep this one running.
      holder.unref();
      for (const stream of [holder.stdin, holder.stdout, holder.stderr]) (stream as Socket).unref();
      resolve(String(data).trim());
    });
  });
}
