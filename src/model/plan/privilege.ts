import { type Privileges, privilegesIn } from "../privileges.ts";
import { type Problem, requireNone } from "../problem.ts";
import { isActive } from "./active.ts";
import type { Plan, PlannedContainer } from "./plan.ts";

/** The default of `nestbox:privilegedImages`: the images of Docker-in-Docker. */
export const PRIVILEGED_IMAGES: readonly string[] = [
  ...["docker:dind", "docker:*-dind"],
  ...["docker:dind@sha256:*", "docker:*-dind@sha256:*"],
];

/**
 * Checks that containers with power over their host have an allowed image.
 * @throws DeclarationError with every property that gives such power to an image that no pattern allows
 */
export function requirePrivilege(
  { sandbox, profiles, services, jobs }: Plan,
  allowed: readonly string[],
): void {
  requireNone([
    ...services.flatMap((service) =>
      privilegeProblems(`${sandbox}.services.${service.key}`, service, allowed),
    ),
    ...jobs
      .filter((job) => isActive(job, profiles))
      .flatMap((job) => privilegeProblems(`${sandbox}.jobs.${job.key}`, job, allowed)),
  ]);
}

/** The properties of a container that only allowed images may have. */
export function privilegeProblems(
  path: string,
  { image, ...container }: Privileges & Pick<PlannedContainer, "image">,
  allowed: readonly string[],
): readonly Problem[] {
  if (allowed.some((pattern) => imageMatches(pattern, image))) return [];
  const remedy = `remove it, or add the image to nestbox:privilegedImages (${allowed.join(", ")})`;
  return privilegesIn(container).map(({ property, why }) => ({
    path: `${path}.${property}`,
    message: `"${image}" ${why}; ${remedy}`,
  }));
}

/** Whether a pattern matches an image; `*` stands for any characters but `/`. */
export function imageMatches(pattern: string, image: string): boolean {
  const expression = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]*");
  return new RegExp(`^${expression}$`).test(image);
}
