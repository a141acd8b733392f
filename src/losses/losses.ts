import type { Plan, PlannedJob, PlannedService } from "../model/plan/plan.ts";
import { type Exception, exceptionsIn, type LossTable } from "./support.ts";

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
  /** Whether the container differs from the declaration. @default in no run */
  readonly differs?: "always" | "sometimes";
  /** Present for a default value, which only {@link allLossesOf} has. */
  readonly byDefault?: true;
}

/** The parts of a plan whose losses are asked for. */
interface Parts {
  readonly services: readonly PlannedService[];
  readonly jobs: readonly PlannedJob[];
}

/** The losses of a sandbox and some of its services and jobs by one table. Defaults are left out. */
export function lossesOf(table: LossTable, plan: Plan, parts: Parts): readonly Loss[] {
  return allLossesOf(table, plan, parts).filter(({ byDefault }) => !byDefault);
}

/** The losses of a sandbox and some of its services and jobs by one table. */
export function allLossesOf(table: LossTable, plan: Plan, { services, jobs }: Parts): readonly Loss[] {
  const losses = <Subject>(
    path: string,
    group: string,
    properties: readonly { readonly property: string; readonly exception?: Exception<Subject> | undefined }[],
    subject: Subject,
  ) =>
    properties.flatMap(({ property, exception }): readonly Loss[] => {
      const isLost = typeof exception === "object" && exception.isLost(subject, plan);
      if (!isLost) return [];
      const { instead, differs } = exception;
      return [
        {
          ...{ path: `${path}.${property}`, feature: `${group}.${property}` },
          ...{ instead, target: table.name },
          ...(differs && { differs }),
          ...(isLost === "by default" && { byDefault: true }),
        },
      ];
    });
  const [ofSandbox, ofService, ofJob] = [
    exceptionsIn(table, "sandbox"),
    exceptionsIn(table, "service"),
    exceptionsIn(table, "job"),
  ];
  const ofProbe = exceptionsIn(table, "probe");
  const { sandbox } = plan;
  return [
    ...losses(sandbox, "sandbox", ofSandbox, plan),
    ...services.flatMap((service) => {
      const path = `${sandbox}.services.${service.key}`;
      const probes = ofProbe.filter(({ property }) => property === service.probe?.kind);
      const wait = service.ports.length > 0 ? {} : { instead: "no wait, since the service has no port" };
      return [
        ...losses(path, "service", ofService, service),
        ...losses(path, "probe", probes, service).map((loss) => ({
          ...loss,
          path: `${path}.probe`,
          ...wait,
        })),
      ];
    }),
    ...jobs.flatMap((job) => losses(`${sandbox}.jobs.${job.key}`, "job", ofJob, job)),
  ];
}
