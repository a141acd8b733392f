import type { Plan } from "../../src/model/plan/plan.ts";
import type { ProofTarget } from "../../src/sandbox/proof-target.ts";

/** A target with a lowering that loses something: it gets another plan than the one that is proved. */
export function brokenTarget(target: ProofTarget, lose: (plan: Plan) => Plan): ProofTarget {
  return { ...target, prepare: (request) => target.prepare({ ...request, plan: lose(request.plan) }) };
}
