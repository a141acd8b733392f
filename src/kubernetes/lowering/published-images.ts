import { isBuildName, nameInRegistry } from "../../model/plan/build-name.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { requireNone } from "../../model/problem.ts";
import type { KubernetesPlacement } from "./kubernetes-placement.ts";

type Registry = Pick<KubernetesPlacement, "registry" | "published">;

/**
 * The plan with the references by which a cluster pulls the images that are built.
 * @throws DeclarationError naming each property with such an image, without a registry for it
 */
export function withPublishedImages(plan: Plan, placement: Registry): Plan {
  if (plan.builds.length === 0) return plan;
  const { registry } = placement;
  if (registry === undefined)
    requireNoBuilds(
      plan,
      "set kubernetes.registry in the settings to a registry that the cluster pulls from",
    );
  const published = <Container extends { readonly image: string }>(container: Container): Container => ({
    ...container,
    image: publishedImage(container.image, placement),
  });
  return {
    ...plan,
    services: plan.services.map(published),
    jobs: plan.jobs.map(published),
    images: [...plan.images, ...plan.builds.map((build) => publishedImage(build.image, placement))],
    builds: [],
  };
}

/** The reference by which a cluster pulls an image. One of the content if no digest is known. */
export function publishedImage(image: string, { registry, published = {} }: Registry): string {
  if (registry === undefined || !isBuildName(image)) return image;
  return published[image] ?? nameInRegistry(image, registry);
}

/**
 * Checks that a plan has finished images alone.
 * @param remedy what to do about others
 * @throws DeclarationError naming each property with an image that is built
 */
export function requireNoBuilds({ sandbox, builds, services, jobs }: Plan, remedy: string): void {
  const named = [
    ...services.map(({ key, image }) => ({ path: `${sandbox}.services.${key}.image`, image })),
    ...jobs.map(({ key, image }) => ({ path: `${sandbox}.jobs.${key}.image`, image })),
  ];
  const message = `is built, and a cluster builds no images; ${remedy}`;
  requireNone(
    named
      .filter(({ image }) => builds.some((build) => build.image === image))
      .map(({ path }) => ({ path, message })),
  );
}
