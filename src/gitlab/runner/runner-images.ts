import { REGISTRY_IMAGE } from "../../catalog/registry-mirror.ts";

/** The default image of gitlab-runner. Version 18.10 or newer is required. */
export const RUNNER_IMAGE = "gitlab/gitlab-runner:v19.3.0";

/**
 * The images of a stack's runner, without those of jobs: gitlab-runner and, unless disabled, the registry
 * mirror. The setting is not validated here.
 * @param setting `nestbox:runner` of the stack's file; undefined or `{}` for no runner
 */
export function runnerImages(setting: unknown): readonly string[] {
  if (typeof setting !== "object" || setting === null || Object.keys(setting).length === 0) return [];
  const { image, mirror } = setting as { readonly image?: unknown; readonly mirror?: unknown };
  const runnerImage = typeof image === "string" ? image : RUNNER_IMAGE;
  if (mirror === false) return [runnerImage];
  const mirrorImage = (mirror as { readonly image?: unknown } | undefined)?.image;
  return [runnerImage, typeof mirrorImage === "string" ? mirrorImage : REGISTRY_IMAGE];
}
