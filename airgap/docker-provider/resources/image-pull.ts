import type { Work } from "../resource-type.ts";
import { imageName } from "./image-name.ts";

/** An image that could not be pulled. The message names it and says why. */
export class ImageUnavailable extends Error {
  override readonly name = "ImageUnavailable";
}

/**
 * Pulls an image by name.
 *
 * @param platform `os[/arch[/variant]]`; the engine's own when undefined or empty
 * @throws ImageUnavailable
 */
export async function pullImage(work: Work, name: string, platform: string | undefined): Promise<void> {
  const { repository, tag } = imageName(name);
  work.tell("status", `pulling ${name}`);
  const stream = await work.engine
    .stream({
      method: "POST",
      path: "/images/create",
      query: { fromImage: repository, tag, platform: platform || undefined },
      signal: work.signal,
    })
    .catch((error: unknown) => {
      throw new ImageUnavailable(`cannot pull ${name}: ${error instanceof Error ? error.message : error}`);
    });
  const { readMessages } = await import("../../../machine/docker/api.ts");
  for await (const { error } of readMessages(stream)) {
    if (error !== undefined) throw new ImageUnavailable(`cannot pull ${name}: ${error}`);
  }
}
