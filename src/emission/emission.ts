import { requireRunners } from "../model/runner/check-runners.ts";
import type { Emission, EmitRequest, Target } from "../sandbox/target.ts";

/**
 * The files of targets for some sandboxes, with their losses. The same request gives the same bytes.
 * @throws DeclarationError as the targets do, and for a runner that GitLab would refuse
 */
export function emission(targets: readonly Target[], request: EmitRequest): Emission {
  requireRunners(request.runners);
  const emissions = targets.flatMap(({ emits }) => emits?.emit(request) ?? []);
  return {
    files: emissions.flatMap(({ files }) => files),
    losses: emissions.flatMap(({ losses }) => losses),
  };
}
