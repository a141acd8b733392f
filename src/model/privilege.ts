import { DeclarationError, type Problem } from "./problem.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Surroundings } from "./surroundings.ts";

/** The images that may be privileged when the stack's configuration names none: Docker-in-Docker's own. */
export const PRIVILEGED_IMAGES: readonly string[] = ["docker:dind", "docker:*-dind"];

/** @throws DeclarationError naming every service that is privileged and may not be */
export function checkPrivilege(sandbox: Sandbox, { privilegedImages }: Surroundings): void {
  const refused = Object.entries(sandbox.services).filter(
    ([, { privileged, image }]) =>
      privileged && !privilegedImages.some((pattern) => imageMatches(pattern, image)),
  );
  if (refused.length === 0) return;
  throw new DeclarationError(
    refused.map(
      ([key, { image }]): Problem => ({
        path: `${sandbox.name}.services.${key}.privileged`,
        message: `"${image}" may not be privileged, which is root on the host; drop it, or add the image to nestbox:privilegedImages (${privilegedImages.join(", ")})`,
      }),
    ),
  );
}

/** Whether an image is one that a pattern means; `*` stands for any characters but `/`. */
export function imageMatches(pattern: string, image: string): boolean {
  const expression = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]*");
  return new RegExp(`^${expression}$`).test(image);
}
