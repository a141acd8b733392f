import { registryMirror } from "../../catalog/registry-mirror.ts";

/** gitlab-runner, when a stack names no other: 18.10 or newer. */
export const RUNNER_IMAGE = "gitlab/gitlab-runner:v19.3.0";

/**
 * The images that a stack's runner needs beside those of its jobs: gitlab-runner's, and the registry mirror's
 * unless there is to be none. What is wrong in the setting is told elsewhere.
 * @param setting `nestbox:runner` as the stack's file has it; nothing or `{}` for no runner
 */
export function runnerImages(setting: unknown): readonly string[] {
  if (typeof setting !== "object" || setting === null || Object.keys(setting).length === 0) return [];
  const { image, mirror } = setting as { readonly image?: unknown; readonly mirror?: unknown };
  const own = typeof image === "string" ? image : RUNNER_IMAGE;
  if (mirror === false) return [own];
  const mirrorImage = (mirror as { readonly image?: unknown } | undefined)?.image;
  return [own, typeof mirrorImage === "string" ? mirrorImage : registryMirror().image];
}
