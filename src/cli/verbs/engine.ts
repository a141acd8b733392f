import path from "node:path";
import { ConfigurationError } from "../../model/problem.ts";
import type { Invocation } from "../../sandbox/invocation.ts";
import { loadAirgap } from "../../setup/airgap.ts";

/**
 * `nestbox engine stop`: stops the Docker engine that nestbox-airgap started, and no other.
 * @param project the project's folder or a folder below it
 * @throws ConfigurationError if nestbox-airgap is not installed
 */
export async function stopProjectEngine(
  project: string,
  { stdout, environment }: Invocation,
): Promise<number> {
  const airgap = loadAirgap(path.resolve(project), environment);
  if (airgap === undefined) {
    throw new ConfigurationError(
      `${project}: nestbox-airgap, which starts engines, is not installed; ` +
        "run npm install, or stop the engine yourself",
    );
  }
  const stopped = await airgap.stopEngine(airgap.dependencies);
  stdout.write(
    stopped ? "stopped the engine that nestbox started\n" : "no engine started by nestbox is running\n",
  );
  return 0;
}
