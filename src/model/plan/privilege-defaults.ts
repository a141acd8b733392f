import type { ContainerDefinition } from "../declaration/service.ts";
import type { PlannedContainer } from "./plan.ts";

/** The most processes of a container that declares no limit: docs/decisions/default-privileges.md has why. */
export const PIDS_LIMIT = 4096;

/** `noNewPrivileges` in the form of `docker run --security-opt`. */
export const NO_NEW_PRIVILEGES: readonly string[] = ["no-new-privileges:true"];

/**
 * What bounds the privileges and the number of a container's processes.
 * @param isTrusted whether the defaults would take away what the container is for
 */
export function planPrivileges(
  { noNewPrivileges, pidsLimit }: Pick<ContainerDefinition, "noNewPrivileges" | "pidsLimit">,
  isTrusted: boolean,
): Pick<PlannedContainer, "noNewPrivileges" | "pidsLimit"> {
  const limit = pidsLimit ?? (isTrusted ? -1 : PIDS_LIMIT);
  return { noNewPrivileges: noNewPrivileges ?? !isTrusted, ...(limit !== -1 && { pidsLimit: limit }) };
}
