import { imageVariable } from "../model/image-variable.ts";
import type { DeclaredJob, Sandbox } from "../model/sandbox.ts";
import type { DeclaredService } from "../model/service.ts";
import { type Row, SUPPORT, type Target } from "./support.ts";

/** Something that a declaration says and a target does not express. */
export interface DeclarationLoss {
  /** The path of the property: `snake.jobs.tests.files`. */
  readonly path: string;
  /** The row in the table of features: `job.files`. */
  readonly feature: string;
  readonly target: Target;
  /** What is done instead. */
  readonly instead: string;
}

/** What of a sandbox's services, networks and volumes the target does not express. */
export function serviceLosses(
  sandbox: Sandbox,
  services: readonly (readonly [string, DeclaredService])[],
  target: Target,
): readonly DeclarationLoss[] {
  return [
    ...(sandbox.perBranch === undefined
      ? []
      : lossOf(`${sandbox.name}.perBranch`, "sandbox.perBranch", SUPPORT.sandbox.perBranch, target)),
    ...(sandbox.volumes.length > 0
      ? lossOf(`${sandbox.name}.volumes`, "sandbox.volumes", SUPPORT.sandbox.volumes, target)
      : []),
    ...services.flatMap(([key, service]) => {
      const path = `${sandbox.name}.services.${key}`;
      return [
        ...propertyLosses(path, "service", SUPPORT.service, service, target).filter(({ feature }) =>
          isRealUse(feature, service, target),
        ),
        ...probeLosses(path, service, target),
      ];
    }),
  ];
}

/** What of a job the target does not express. */
export function jobLosses(
  sandbox: Sandbox,
  key: string,
  job: DeclaredJob,
  target: Target,
): readonly DeclarationLoss[] {
  return propertyLosses(`${sandbox.name}.jobs.${key}`, "job", SUPPORT.job, job, target).filter(
    ({ feature }) => feature !== "job.image" || imageVariable(job.image) !== undefined,
  );
}

function propertyLosses(
  path: string,
  group: string,
  rows: Readonly<Record<string, Row>>,
  declared: object,
  target: Target,
): readonly DeclarationLoss[] {
  return Object.entries(declared).flatMap(([property, value]) => {
    const row = rows[property];
    return row === undefined || isEmpty(value)
      ? []
      : lossOf(`${path}.${property}`, `${group}.${property}`, row, target);
  });
}

function probeLosses(
  path: string,
  { probe, ports = [] }: DeclaredService,
  target: Target,
): readonly DeclarationLoss[] {
  if (!probe || (probe.kind === "exec" && probe.fromOutside)) return [];
  const losses = lossOf(`${path}.probe`, `probe.${probe.kind}`, SUPPORT.probe[probe.kind], target);
  return ports.length > 0
    ? losses
    : losses.map((loss) => ({ ...loss, instead: "it has no port to dial: nothing waits for it" }));
}

function lossOf(path: string, feature: string, row: Row, target: Target): readonly DeclarationLoss[] {
  const support = row[target];
  return typeof support === "object" ? [{ path, feature, target, instead: support.instead }] : [];
}

/** Whether a service's use of a property is among those that are lost, where not all are. */
function isRealUse(feature: string, { publish, files = {} }: DeclaredService, target: Target): boolean {
  if (feature === "service.publish") return publish !== true || target === "gitlab services";
  if (feature === "service.files") return Object.values(files).some((source) => "path" in source);
  return true;
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === false ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0)
  );
}
