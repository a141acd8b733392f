import type { Plan, PlannedBuild } from "../model/plan/plan.ts";
import { buildContext } from "./build-context.ts";
import { contentTag, filesDigest } from "./content-tag.ts";

/**
 * Plans with images that are named after what they are built from: two builds of the same content are one
 * image, and another content is another image. A plan without builds stays the same object.
 * @throws ConfigurationError naming the property, for a build without its files
 */
export function nameBuilds(plans: readonly Plan[], projectFolder: string): readonly Plan[] {
  const digests = new Map<string, string>();
  return plans.map((plan) => {
    if (plan.builds.length === 0) return plan;
    const named = plan.builds.map((build): readonly [string, PlannedBuild] => {
      const { context, dockerfile, image } = build;
      const key = JSON.stringify([context, dockerfile]);
      const digest =
        digests.get(key) ?? filesDigest(buildContext(projectFolder, build, propertyOf(plan, image)));
      digests.set(key, digest);
      return [image, { ...build, image: image.replace(/[^:]*$/, contentTag(build, digest)) }];
    });
    return renamed(plan, new Map(named));
  });
}

/** As {@link nameBuilds}, for one plan. */
export function nameBuildsOf(plan: Plan, projectFolder: string): Plan {
  const [named = plan] = nameBuilds([plan], projectFolder);
  return named;
}

function renamed(plan: Plan, builds: ReadonlyMap<string, PlannedBuild>): Plan {
  const inContainer = <Container extends { readonly image: string }>(container: Container): Container => ({
    ...container,
    image: builds.get(container.image)?.image ?? container.image,
  });
  return {
    ...plan,
    services: plan.services.map(inContainer),
    jobs: plan.jobs.map(inContainer),
    builds: [...new Map([...builds.values()].map((build) => [build.image, build])).values()],
  };
}

/** The property that declares an image: `shop.services.api.image`. */
export function propertyOf({ sandbox, services, jobs }: Plan, image: string): string {
  const service = services.find((one) => one.image === image);
  if (service !== undefined) return `${sandbox}.services.${service.key}.image`;
  const job = jobs.find((one) => one.image === image);
  return `${sandbox}.jobs.${job?.key ?? ""}.image`;
}
