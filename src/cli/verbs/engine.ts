import path from "node:path";
import { ConfigurationError } from "../../model/problem.ts";
import { loadAirgap } from "../../setup/airgap.ts";

/**
 * `nestbox engine stop`: stops the Docker engine that nestbox-airgap has started, and no other.
 * @param project the project's folder or one below it
 */
export async function stopOwnEngine(project: string): Promise<number> {
  const airgap = loadAirgap(path.resolve(project));
  if (airgap === undefined) {
    throw new ConfigurationError(
      `${project}: nestbox-airgap, which starts engines, is not installed; run npm install, or stop the engine itself`,
    );
  }
  const stopped = await airgap.stopEngine(airgap.dependencies);
  process.stdout.write(
    stopped ? "stopped the engine that the set-up had made\n" : "the set-up has no engine running here\n",
  );
  return 0;
}
