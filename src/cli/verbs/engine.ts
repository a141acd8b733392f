import { stopEngine } from "../../../airgap/engine/engine.ts";

/** `nestbox engine stop`: ends the project's own Docker engine. Another engine is not ours to stop. */
export async function stopOwnEngine(): Promise<number> {
  const stopped = await stopEngine();
  process.stdout.write(
    stopped ? "stopped the engine that the set-up had made\n" : "the set-up has no engine running here\n",
  );
  return 0;
}
