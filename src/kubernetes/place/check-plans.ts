import type { Plan } from "../../model/plan/plan.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import type { ConnectRequest } from "../../sandbox/target.ts";
import { lowerToKubernetes } from "../lowering/lower-to-kubernetes.ts";
import { ownSettings, scopeOf, sharedPlacement } from "./placement.ts";

/** Lowers plans, which checks privileges, files and names. @throws as {@link lowerToKubernetes} does */
export function checkPlans(request: ConnectRequest, plans: readonly Plan[], ownership: Ownership): void {
  const shared = sharedPlacement(request, plans);
  for (const plan of plans) {
    const owned = { ...ownership, component: plan.sandbox };
    const scope = scopeOf(owned, ownSettings(request.settings));
    lowerToKubernetes(plan, { ...shared, ...scope, ownership: owned });
  }
}
