import { requireNone } from "../problem.ts";
import type { Plan } from "./plan.ts";

/** The default of `nestbox:privilegedImages`: the images of Docker-in-Docker. */
export const PRIVILEGED_IMAGES: readonly string[] = ["docker:dind", "docker:*-dind"];

/**
 * Checks that privileged services have an allowed image.
 * @throws DeclarationError with every privileged service that no pattern allows
 */
export function requirePrivilege({ sandbox, services }: Plan, allowed: readonly string[]): void {
  const refused = services.filter(
    ({ privileged, image }) => privileged && !allowed.some((pattern) => imageMatches(pattern, image)),
  );
  const remedy = `remove it, or add the image to nestbox:privilegedImages (${allowed.join(", ")})`;
  requireNone(
    refused.map(({ key, image }) => ({
      path: `${sandbox}.services.${key}.privileged`,
      message: `"${image}" may not be privileged, which is root on the host; ${remedy}`,
    })),
  );
}

/** Whether a pattern matches an image; `*` stands for any characters but `/`. */
export function imageMatches(pattern: string, image: string): boolean {
  const expression = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]*");
  return new RegExp(`^${expression}$`).test(image);
}
