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
  const losses = <Subject>(
    place: string,
    group: string,
    properties: Readonly<Record<string, Support<Subject>>>,
    subject: Subject,
  ) =>
    Object.entries(properties).flatMap(([property, how]) =>
      typeof how === "object" && how.isLost(subject, plan)
        ? [{ path: `${place}.${property}`, feature: `${group}.${property}`, instead: how.instead, target }]
        : [],
    );
  const place = plan.sandbox;
  return [
    ...losses(place, "sandbox", support.sandbox, plan),
    ...services.flatMap((service) => {
      const path = `${place}.services.${service.key}`;
      const kind = service.probe?.kind;
      const probe = kind === undefined ? [] : losses(path, "probe", { [kind]: support.probe[kind] }, service);
      const wait = service.ports.length > 0 ? {} : { instead: "no wait, since the service has no port" };
      return [
        ...losses(path, "service", support.service, service),
        ...probe.map((loss) => ({ ...loss, path: `${path}.probe`, ...wait })),
      ];
    }),
    ...jobs.flatMap((job) => losses(`${place}.jobs.${job.key}`, "job", support.job, job)),
  ];
}
