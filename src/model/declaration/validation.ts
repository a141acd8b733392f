import { isIP } from "node:net";
import {
  absolutePath,
  duplicates,
  duration,
  illegalPort,
  positiveInteger,
  positiveNumber,
  problem,
  problemsAt,
  projectPath,
  sizeProblems,
  unknown,
} from "../check-values.ts";
import { imageVariable } from "../image-variable.ts";
import { aliasProblem, nameProblem } from "../names.ts";
import type { Probe, ProbeTiming } from "../probe.ts";
import type { Problem } from "../problem.ts";
import { findCycle } from "../start-order.ts";
import { type Environment, secretsIn, textParts } from "../text.ts";
import { aliasConflicts, hostPortConflicts } from "./check-conflicts.ts";
import { dockerClientProblems } from "./check-docker-clients.ts";
import { afterProblems, cycleProblem, needsProblems, referenceProblems } from "./check-references.ts";
import type { DeclaredJob, Sandbox } from "./declaration.ts";
import {
  aliasesOf,
  type ContainerDefinition,
  type DeclaredService,
  type Service,
  sharedVolumesOf,
} from "./service.ts";

/** All problems of a declaration, each with its path. */
export function* problemsOf(sandbox: Sandbox): Iterable<Problem> {
  const { name, networks, volumes } = sandbox;
  yield* problem("sandbox", nameProblem(name));
  if (Object.keys(networks).length === 0)
    yield { path: `${name}.networks`, message: "is empty; remove it to get one network, or add a network" };
  for (const key of Object.keys(networks)) yield* problem(`${name}.networks`, nameProblem(key));
  for (const key of volumes) yield* problem(`${name}.volumes`, nameProblem(key));
  yield* duplicates(`${name}.volumes`, volumes);
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
  const aliases = aliasesOf(key, service);
  const { ports = [], probe, runsOnce, completesWithin } = service;
  yield* problem(`${sandbox.name}.services`, nameProblem(key));
  yield* imageProblems(`${path}.image`, service.image);
  yield* containerProblems(sandbox, path, service);
  // Elasticsearch, for example, has dots and dashes in the names of its variables.
  yield* environmentProblems(`${path}.env`, service.env ?? {}, /^[A-Za-z_][A-Za-z0-9_.-]*$/);
  yield* referenceProblems(sandbox, path, key, service);
  if (aliases.length === 0) yield at("alias", "is empty; remove it, or add an alias");
  // An illegal key is one problem, not an illegal alias as well.
  if (service.alias !== undefined || nameProblem(key) === undefined)
    yield* aliases.flatMap((alias) => problem(`${path}.alias`, aliasProblem(alias)));
  yield* duplicates(`${path}.alias`, aliases);
  yield* ports.flatMap((port) => illegalPort(`${path}.ports`, port));
  yield* duplicates(`${path}.ports`, ports);
  if ("connection" in service && service.ports?.length === 0)
    yield at("ports", "is empty; add the port that the service listens on");
  yield* publishProblems(path, service);
  if (probe) yield* probeProblems(`${path}.probe`, probe);
  yield* afterProblems(sandbox, path, service);
  for (const [target, source] of Object.entries(service.files ?? {})) {
    yield* absolutePath(`${path}.files`, target);
    if ("path" in source) yield* projectPath(`${path}.files["${target}"]`, source.path);
    else yield* secretNames(`${path}.files["${target}"]`, secretsIn(source.content));
  }
  for (const folder of service.shares ?? []) yield* absolutePath(`${path}.shares`, folder);
  for (const { volume } of sharedVolumesOf(key, service))
    if (sandbox.volumes.includes(volume))
      yield at("shares", `needs the name of the declared volume "${volume}"; rename that volume`);
  if (runsOnce && probe)
    yield at("probe", "conflicts with runsOnce, which completes by exit code 0; remove the probe");
  if (completesWithin !== undefined && !runsOnce) {
    const remedy = "add runsOnce: true, or set the within of its probe";
    yield at("completesWithin", `has no effect without runsOnce; ${remedy}`);
  }
  yield* duration(`${path}.completesWithin`, completesWithin);
  yield* duration(`${path}.stop.grace`, service.stop?.grace);
}

function* jobProblems(sandbox: Sandbox, key: string, job: DeclaredJob): Iterable<Problem> {
  const path = `${sandbox.name}.jobs.${key}`;
  const { files, workingFolder, variablesFile } = job;
  yield* problem(`${sandbox.name}.jobs`, nameProblem(key, 63));
  yield* jobImageProblems(sandbox, `${path}.image`, job);
  yield* containerProblems(sandbox, path, job);
  if (Object.hasOwn(sandbox.services, key))
    yield { path, message: "has the name of a service; rename one of them" };
  yield* environmentProblems(`${path}.env`, job.env, /^[A-Za-z_][A-Za-z0-9_]*$/);
  yield* referenceProblems(sandbox, path, key, job);
  if (job.script.length === 0)
    yield { path: `${path}.script`, message: "is empty; add at least one command" };
  if (files !== undefined) yield* projectPath(`${path}.files`, files);
  if (workingFolder !== undefined) yield* absolutePath(`${path}.workingFolder`, workingFolder);
  yield* needsProblems(sandbox, path, job);
  if (variablesFile !== undefined) yield* projectPath(`${path}.variablesFile`, variablesFile);
  yield* duration(`${path}.timeout`, job.timeout);
}

function* containerProblems(
  { networks: declared, volumes }: Sandbox,
  path: string,
  { networks, ...container }: ContainerDefinition,
): Iterable<Problem> {
  const at = problemsAt(path);
  const known = Object.keys(declared);
  if (networks === undefined && known.length > 1)
    yield at(
      "networks",
      `is missing, and the sandbox has several networks; join some of ${known.join(", ")}`,
    );
  if (networks?.length === 0) yield at("networks", "is empty; add at least one network");
  yield* duplicates(`${path}.networks`, networks ?? []);
  for (const network of networks ?? []) yield* unknown(`${path}.networks`, "network", network, known);
  for (const [target, volume] of Object.entries(container.volumes ?? {})) {
    yield* absolutePath(`${path}.volumes`, target);
    yield* unknown(`${path}.volumes`, "volume", volume, volumes);
  }
  for (const [target, size] of Object.entries(container.tmpfs ?? {})) {
    yield* absolutePath(`${path}.tmpfs`, target);
    yield* sizeProblems(`${path}.tmpfs["${target}"]`, size);
  }
  yield* sizeProblems(`${path}.limits.memory`, container.limits?.memory);
  yield* positiveNumber(`${path}.limits.cpus`, container.limits?.cpus);
  for (const [host, address] of Object.entries(container.extraHosts ?? {})) {
    if (!/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(host))
      yield at("extraHosts", `"${host}" is not a host name; use letters, digits, dots and dashes`);
    if (isIP(address) === 0 && address !== "host-gateway")
      yield at(`extraHosts.${host}`, `"${address}" is not an address; use an IP address or "host-gateway"`);
  }
  for (const profile of container.profiles ?? []) yield* problem(`${path}.profiles`, nameProblem(profile));
}

/** Only needed jobs can set the variable of an image, since it must have a value before the job starts. */
function jobImageProblems(
  { jobs }: Sandbox,
  path: string,
  { image, needs = [] }: DeclaredJob,
): readonly Problem[] {
  if (imageVariable(image) === undefined) return imageProblems(path, image);
  if (needs.some((needed) => Object.hasOwn(jobs, needed) && jobs[needed]?.variablesFile !== undefined))
    return [];
  return problem(path, `no needed job can set "${image}"; add a job with a variablesFile to needs`);
}

/** The form `host:port/path:tag@digest`: https://pkg.go.dev/github.com/distribution/reference */
const IMAGE_REFERENCE = new RegExp(
  [
    /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?/,
    /[a-z0-9]+(?:(?:\.|__?|-+|\/)[a-z0-9]+)*/,
    /(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
  ]
    .map(({ source }) => source)
    .join(""),
);

function imageProblems(path: string, image: string): readonly Problem[] {
  if (IMAGE_REFERENCE.test(image)) return [];
  const use = 'use one that docker pull accepts, for example "redis:7-alpine"';
  return problem(path, `"${image}" is not an image reference; ${use}`);
}

function* environmentProblems(path: string, env: Environment, legalName: RegExp): Iterable<Problem> {
  const at = problemsAt(path);
  for (const [name, value] of Object.entries(env)) {
    const strings = textParts(value).filter((part) => typeof part === "string");
    if (!legalName.test(name))
      yield { path, message: `"${name}" is not a legal variable name; use letters, digits and underscores` };
    yield* secretNames(`${path}.${name}`, secretsIn(value));
    if (strings.some((part) => part.includes("\0")))
      yield at(name, "has a NUL character, which no environment variable can contain; remove it");
    // A plain template turns a secret into this string.
    if (strings.some((part) => part.includes("[object Object]")))
      yield at(name, "has a secret in a plain template; use the text tag: text`…`");
  }
}

function secretNames(path: string, names: readonly string[]): readonly Problem[] {
  return names.flatMap((name) => problem(path, nameProblem(name)));
}

function* publishProblems(path: string, { publish, ports = [] }: Service): Iterable<Problem> {
  if (publish && ports.length === 0) {
    yield { path: `${path}.publish`, message: 'is set without ports; add "ports" to the service' };
  } else if (typeof publish === "object") {
    for (const [port, hostPort] of Object.entries(publish)) {
      yield* unknown(`${path}.publish`, "port", port, ports.map(String));
      yield* illegalPort(`${path}.publish[${port}]`, hostPort);
    }
  }
}

function* probeProblems(path: string, probe: Probe): Iterable<Problem> {
  const at = problemsAt(path);
  const { within, startEvery, every, timeout, retries }: ProbeTiming = probe;
  yield* duration(`${path}.within`, within);
  yield* duration(`${path}.every`, every);
  yield* duration(`${path}.startEvery`, startEvery);
  yield* duration(`${path}.timeout`, timeout);
  yield* positiveInteger(`${path}.retries`, retries);
  if (probe.kind === "exec" && probe.command.length === 0)
    yield at("command", "is empty; add a command that exits with 0 when the service works");
  if ("port" in probe) yield* illegalPort(`${path}.port`, probe.port);
  if (probe.kind === "http" && !/^\/[\x21-\x7e]*$/.test(probe.path))
    yield at("path", `"${probe.path}" is not a path; start it with "/" and percent-encode all but ASCII`);
  if (probe.kind === "log" && !isPattern(probe.pattern))
    yield at("pattern", `"${probe.pattern}" is not a regular expression; correct its syntax`);
}

function startCycles({ name, services }: Sandbox): readonly Problem[] {
  const cycle = findCycle(
    Object.fromEntries(Object.entries(services).map(([key, { after = {} }]) => [key, Object.keys(after)])),
  );
  return cycle ? [cycleProblem(`${name}.services.${cycle[0]}.after`, cycle)] : [];
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
