import type { Plan, PlannedJob, PlannedService } from "../model/plan/plan.ts";
import type { Support, Target } from "./support.ts";

/** A property of a plan that a target cannot express. */
export interface Loss {
  /** The path of the property: `snake.jobs.tests.files`. */
  readonly path: string;
  /** The property's row in docs/reference-losses.md: `job.files`. */
  readonly feature: string;
  /** The name of the target. */
  readonly target: string;
  /** The target's substitute. */
  readonly instead: string;
}

/** The losses of a sandbox and some of its services and jobs in a target. */
export function lossesOf(
  { name: target, support }: Target,
  plan: Plan,
  { services, jobs }: { readonly services: readonly PlannedService[]; readonly jobs: readonly PlannedJob[] },
): readonly Loss[] {
  const place = plan.sandbox;
  return [
    ...propertyLosses(plan, "sandbox", support.sandbox, plan, place),
    ...services.flatMap((service) => {
      const path = `${place}.services.${service.key}`;
      return [
        ...propertyLosses(plan, "service", support.service, service, path),
        ...probeLosses(plan, support, service, path),
      ];
    }),
    ...jobs.flatMap((job) => propertyLosses(plan, "job", support.job, job, `${place}.jobs.${job.key}`)),
  ].map((loss) => ({ ...loss, target }));
}

type TargetLoss = Omit<Loss, "target">;

function propertyLosses<Subject>(
  plan: Plan,
  group: string,
  properties: Readonly<Record<string, Support<Subject>>>,
  subject: Subject,
  place: string,
): readonly TargetLoss[] {
  return Object.entries(properties).flatMap(([property, support]) =>
    typeof support === "object" && support.isLost(subject, plan)
      ? [{ path: `${place}.${property}`, feature: `${group}.${property}`, instead: support.instead }]
      : [],
  );
}

function probeLosses(
  plan: Plan,
  { probe: kinds }: Target["support"],
  service: PlannedService,
  place: string,
): readonly TargetLoss[] {
  const kind = service.probe?.kind;
  if (kind === undefined) return [];
  const support = kinds[kind];
  if (typeof support !== "object" || !support.isLost(service, plan)) return [];
  const instead = service.ports.length > 0 ? support.instead : "no wait, since the service has no port";
  return [{ path: `${place}.probe`, feature: `probe.${kind}`, instead }];
}
