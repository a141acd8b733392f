import { ConfigurationError } from "../../model/problem.ts";
import type { JobRun } from "../../sandbox/running-sandbox.ts";
import { timed } from "../../timings/timings.ts";
import { DockerRefused } from "../api.ts";
import { inspectImage } from "../engine-images.ts";
import { pullWithCredentials } from "../registry/pull-with-credentials.ts";
import type { EngineConnection } from "./connection.ts";

/**
 * Pulls an image that an earlier job has built, unless the engine has it.
 * @param path the property that names the image, for errors
 * @throws ConfigurationError if the registry refuses the image or does not have it; the signal's reason
 */
export async function provideJobImage(
  { engine, environment }: Pick<EngineConnection, "engine" | "environment">,
  path: string,
  image: string,
  { signal, progress, timings }: Pick<JobRun, "signal" | "progress" | "timings">,
): Promise<void> {
  if (await inspectImage(engine, image)) return;
  const pull = (onDetail: (text: string) => void) =>
    timed(timings, { part: `image ${image}`, step: "pull" }, () =>
      pullWithCredentials(engine, image, { environment, onDetail, signal }),
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      if (!(error instanceof DockerRefused)) throw error;
      throw new ConfigurationError(`${path}: the engine cannot pull ${image}: ${error.message}`);
    });
  if (progress === undefined) return pull(() => {});
  await progress.step(`Image ${image}`, async (step) => {
    await pull(step.detail);
    step.result("pulled");
  });
}
