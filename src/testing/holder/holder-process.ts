// Holds the sandboxes of a test run, for the process whose pipe is its standard input. The pipe ends with
// that process, however it ends: then all sandboxes are removed.
import { INTERRUPTIONS } from "../../sandbox/invocation.ts";
import { listenForRequests } from "./listen-for-requests.ts";
import { wantedSandbox } from "./wanted-sandbox.ts";

const holder = await listenForRequests(wantedSandbox);
const end = () => {
  void holder.close().finally(() => process.exit());
};
for (const signal of INTERRUPTIONS) process.once(signal, end);
process.stdin
  .once("close", end)
  .on("error", () => {})
  .resume();
process.stdout.on("error", () => {}).write(`${holder.socket}\n`);
