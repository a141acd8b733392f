import { DeclarationError, type Problem } from "../problem.ts";
import type { Plan } from "./plan.ts";

/** The images that may be privileged when the stack's configuration names none: Docker-in-Docker's own. */
export const PRIVILEGED_IMAGES: readonly string[] = ["docker:dind", "docker:*-dind"];

/** @throws DeclarationError naming every privileged service whose image no pattern allows */
export function requirePrivilege({ sandbox, services }: Plan, allowed: readonly string[]): void {
  const problems = services
    .filter(({ privileged, image }) => privileged && !allowed.some((pattern) => imageMatches(pattern, image)))
    .map(
      ({ key, image }): Problem => ({
        path: `${sandbox}.services.${key}.privileged`,
        message:
          `"${image}" may not be privileged, which is root on the host; drop it, ` +
          `or add the image to nestbox:privilegedImages (${allowed.join(", ")})`,
      }),
    );
  if (problems.length > 0) throw new DeclarationError(problems);
}

/** Whether a pattern matches an image; `*` stands for any characters but `/`. */
export function imageMatches(pattern: string, image: string): boolean {
  const expression = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^/]*");
  return new RegExp(`^${expression}$`).test(image);
}
