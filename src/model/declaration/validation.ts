import { problem, problemsAt, unknown } from "../check-values.ts";
import { imageVariable } from "../image-variable.ts";
import { aliasProblem } from "../names.ts";
import type { Problem } from "../problem.ts";
import { seedSteps } from "../seed.ts";
import { findCycle } from "../start-order.ts";
import { aliasConflicts, fileConflicts, hostPortConflicts } from "./check-conflicts.ts";
import { dockerClientProblems } from "./check-docker-clients.ts";
import { afterProblems, cycleProblem, needsProblems, referenceProblems } from "./check-references.ts";
import type { DeclaredJob, Sandbox } from "./declaration.ts";
import { type ContainerDefinition, type DeclaredService, type Service, sharedVolumesOf } from "./service.ts";

/** All problems of properties that do not fit each other, each with its path. */
export function* problemsOf(sandbox: Sandbox): Iterable<Problem> {
  for (const [key, service] of Object.entries(sandbox.services))
    yield* serviceProblems(sandbox, key, service);
  yield* aliasConflicts(sandbox);
  yield* hostPortConflicts(sandbox);
  yield* startCycles(sandbox);
  for (const [key, job] of Object.entries(sandbox.jobs)) yield* jobProblems(sandbox, key, job);
  yield* dockerClientProblems(sandbox);
}

function* serviceProblems(sandbox: Sandbox, key: string, service: DeclaredService): Iterable<Problem> {
  const path = `${sandbox.name}.services.${key}`;
  const at = problemsAt(path);
  const { alias, probe, runsOnce, completesWithin } = service;
  yield* containerProblems(sandbox, path, service);
  yield* referenceProblems(sandbox, path, key, service);
  // The key is the alias of a service that declares none.
  if (alias === undefined) yield* problem(`${path}.alias`, aliasProblem(key));
  if ("connection" in service && service.ports?.length === 0)
    yield at("ports", "is empty; add the port that the service listens on");
  yield* publishProblems(path, service);
  yield* fileConflicts(path, service);
  yield* afterProblems(sandbox, path, service);
  for (const { volume } of sharedVolumesOf(key, service))
    if (sandbox.volumes.includes(volume))
      yield at("shares", `needs the name of the declared volume "${volume}"; rename that volume`);
  for (const { path: option, message } of service.optionProblems ?? []) yield at(option, message);
  yield* seedProblems(sandbox, path, service);
  if (service.privileged && service.noNewPrivileges)
    yield at("noNewPrivileges", "conflicts with privileged; remove one of them");
  if (runsOnce && probe)
    yield at("probe", "conflicts with runsOnce, which completes by exit code 0; remove the probe");
  if (completesWithin !== undefined && !runsOnce) {
    const remedy = "add runsOnce: true, or set the within of its probe";
    yield at("completesWithin", `has no effect without runsOnce; ${remedy}`);
  }
}

/** A seed fills forks, which only some services of the catalog have. */
function* seedProblems({ jobs }: Sandbox, path: string, service: DeclaredService): Iterable<Problem> {
  if (service.seed === undefined) return;
  if (service.forks === undefined)
    yield { path: `${path}.seed`, message: "has no effect on a service without forks; remove it" };
  for (const step of seedSteps(service.seed))
    if ("job" in step) yield* unknown(`${path}.seed`, "job", step.job, Object.keys(jobs));
}

function* jobProblems(sandbox: Sandbox, key: string, job: DeclaredJob): Iterable<Problem> {
  const path = `${sandbox.name}.jobs.${key}`;
  yield* jobImageProblems(sandbox, `${path}.image`, job);
  yield* containerProblems(sandbox, path, job);
  if (Object.hasOwn(sandbox.services, key))
    yield { path, message: "has the name of a service; rename one of them" };
  yield* referenceProblems(sandbox, path, key, job);
  yield* needsProblems(sandbox, path, job);
}

function* containerProblems(
  { networks: declared, volumes }: Sandbox,
  path: string,
  { networks, ...container }: ContainerDefinition,
): Iterable<Problem> {
  const known = Object.keys(declared);
  if (networks === undefined && known.length > 1) {
    const message = `is missing, and the sandbox has several networks; join some of ${known.join(", ")}`;
    yield { path: `${path}.networks`, message };
  }
  for (const network of networks ?? []) yield* unknown(`${path}.networks`, "network", network, known);
  for (const volume of Object.values(container.volumes ?? {}))
    yield* unknown(`${path}.volumes`, "volume", volume, volumes);
}

/** Only needed jobs can set the variable of an image, since it must have a value before the job starts. */
function jobImageProblems(
  { jobs }: Sandbox,
  path: string,
  { image, needs = [] }: DeclaredJob,
): readonly Problem[] {
  if (typeof image !== "string" || imageVariable(image) === undefined) return [];
  if (needs.some((needed) => Object.hasOwn(jobs, needed) && jobs[needed]?.variablesFile !== undefined))
    return [];
  return problem(path, `no needed job can set "${image}"; add a job with a variablesFile to needs`);
}

function* publishProblems(path: string, { publish, ports = [], udpPorts = [] }: Service): Iterable<Problem> {
  const known = [...ports, ...udpPorts];
  if (publish && known.length === 0)
    yield { path: `${path}.publish`, message: 'is set without ports; add "ports" to the service' };
  else if (typeof publish === "object")
    for (const port of Object.keys(publish))
      yield* unknown(`${path}.publish`, "port", port, known.map(String));
}

function startCycles({ name, services }: Sandbox): readonly Problem[] {
  const cycle = findCycle(
    Object.fromEntries(Object.entries(services).map(([key, { after = {} }]) => [key, Object.keys(after)])),
  );
  return cycle ? [cycleProblem(`${name}.services.${cycle[0]}.after`, cycle)] : [];
}
