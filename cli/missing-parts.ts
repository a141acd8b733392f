import type { EngineFacts } from "../engine/facts.ts";
import { LABEL } from "../sandboxes/model/labels.ts";
import type { Plan } from "../sandboxes/model/plan.ts";

/**
 * Whether a network or a service that is planned is not on the engine. Pulumi's state may know it all the same: somebody
 * has removed it, or the engine has been made anew.
 */
export function missesParts(
  plans: readonly Plan[],
  { networks, containers }: EngineFacts,
  owner: string,
): boolean {
  const existing = new Set(
    [...networks, ...containers].map(({ labels }) =>
      partKey(labels[LABEL.owner], labels[LABEL.sandbox], labels[LABEL.kind], labels[LABEL.part]),
    ),
  );
  return plans.some(({ sandbox, networks: plannedNetworks, services }) =>
    [
      ...plannedNetworks.map(({ key }) => partKey(owner, sandbox, "network", key)),
      ...services.map(({ key }) => partKey(owner, sandbox, "service", key)),
    ].some((part) => !existing.has(part)),
  );
}

function partKey(...words: readonly (string | undefined)[]): string {
  return words.join(" ");
}
