import { isIP } from "node:net";
import {
  absolutePath,
  duplicates,
  duration,
  illegalName,
  illegalPort,
  positiveInteger,
  positiveNumber,
  problem,
  projectPath,
  sizeProblems,
  unknown,
} from "../check-values.ts";
import { imageVariable } from "../image-variable.ts";
import { aliasProblem, nameProblem } from "../names.ts";
import type { Probe } from "../probe.ts";
import type { Problem } from "../problem.ts";
import { findCycle } from "../start-order.ts";
import type { Environment } from "../text.ts";
import { secretsIn, textParts } from "../text.ts";
import { aliasConflicts, hostPortConflicts } from "./check-conflicts.ts";
import { dockerClientProblems } from "./check-docker-clients.ts";
import { afterProblems, needsProblems, referenceProblems } from "./check-references.ts";
import type { DeclaredJob, Sandbox } from "./declaration.ts";
import { aliasesOf, type ContainerDefinition, type DeclaredService, type Service } from "./service.ts";
import { sharedVolumesOf } from "./shared-volumes.ts";

/** All problems of a declaration, each with its path. */
export function problemsOf(sandbox: Sandbox): readonly Problem[] {
  const services = Object.entries(sandbox.services);
  const jobs = Object.entries(sandbox.jobs);
  return [
    ...illegalName(sandbox.name, "sandbox"),
    ...noNetworks(sandbox),
    ...Object.keys(sandbox.networks).flatMap((key) => illegalName(key, `${sandbox.name}.networks`)),
    ...sandbox.volumes.flatMap((key) => illegalName(key, `${sandbox.name}.volumes`)),
    ...duplicates(`${sandbox.name}.volumes`, sandbox.volumes),
    ...services.flatMap(([key, service]) => serviceProblems(sandbox, key, service)),
    ...aliasConflicts(sandbox),
    ...hostPortConflicts(sandbox),
    ...startCycles(sandbox),
    ...jobs.flatMap(([key, job]) => jobProblems(sandbox, key, job)),
    ...dockerClientProblems(sandbox),
  ];
}

function serviceProblems(sandbox: Sandbox, key: string, service: DeclaredService): readonly Problem[] {
  const path = `${sandbox.name}.services.${key}`;
  const aliases = aliasesOf(key, service);
  return [
    ...illegalName(key, `${sandbox.name}.services`),
    ...imageProblems(`${path}.image`, service.image),
    ...containerProblems(sandbox, path, service),
    // Elasticsearch, for example, has dots and dashes in the names of its variables.
    ...environmentProblems(`${path}.env`, service.env ?? {}, /^[A-Za-z_][A-Za-z0-9_.-]*$/),
    ...referenceProblems(sandbox, path, key, service),
    ...(aliases.length === 0 ? problem(`${path}.alias`, "is empty; remove it, or add an alias") : []),
    // An illegal key is one problem, not an illegal alias as well.
    ...(service.alias === undefined && nameProblem(key) ? [] : aliases).flatMap((alias) =>
      problem(`${path}.alias`, aliasProblem(alias)),
    ),
    ...duplicates(`${path}.alias`, aliases),
    ...(service.ports ?? []).flatMap((port) => illegalPort(`${path}.ports`, port)),
    ...duplicates(`${path}.ports`, service.ports ?? []),
    ...("connection" in service && service.ports?.length === 0
      ? problem(`${path}.ports`, "is empty; add the port that the service listens on")
      : []),
    ...publishProblems(path, service),
    ...probeProblems(`${path}.probe`, service.probe),
    ...afterProblems(sandbox, path, service),
    ...Object.entries(service.files ?? {}).flatMap(([target, source]) => [
      ...absolutePath(`${path}.files`, target),
      ...("path" in source ? projectPath(`${path}.files["${target}"]`, source.path) : []),
      ...("content" in source ? secretNames(`${path}.files["${target}"]`, secretsIn(source.content)) : []),
    ]),
    ...(service.shares ?? []).flatMap((folder) => absolutePath(`${path}.shares`, folder)),
    ...sharedVolumesOf(key, service).flatMap(({ volume }) =>
      sandbox.volumes.includes(volume)
        ? problem(`${path}.shares`, `needs the name of the declared volume "${volume}"; rename that volume`)
        : [],
    ),
    ...(service.runsOnce && service.probe
      ? problem(`${path}.probe`, "conflicts with runsOnce, which completes by exit code 0; remove the probe")
      : []),
    ...(service.completesWithin !== undefined && !service.runsOnce
      ? problem(
          `${path}.completesWithin`,
          "has no effect without runsOnce; add runsOnce: true, or set the within of its probe",
        )
      : []),
    ...duration(`${path}.completesWithin`, service.completesWithin),
    ...duration(`${path}.stop.grace`, service.stop?.grace),
  ];
}

function jobProblems(sandbox: Sandbox, key: string, job: DeclaredJob): readonly Problem[] {
  const path = `${sandbox.name}.jobs.${key}`;
  return [
    ...illegalName(key, `${sandbox.name}.jobs`, 63),
    ...jobImageProblems(sandbox, `${path}.image`, job),
    ...containerProblems(sandbox, path, job),
    ...(Object.hasOwn(sandbox.services, key)
      ? problem(path, "has the name of a service; rename one of them")
      : []),
    ...environmentProblems(`${path}.env`, job.env, /^[A-Za-z_][A-Za-z0-9_]*$/),
    ...referenceProblems(sandbox, path, key, job),
    ...(job.script.length === 0 ? problem(`${path}.script`, "is empty; add at least one command") : []),
    ...(job.files === undefined ? [] : projectPath(`${path}.files`, job.files)),
    ...(job.workingFolder === undefined ? [] : absolutePath(`${path}.workingFolder`, job.workingFolder)),
    ...needsProblems(sandbox, path, job),
    ...(job.variablesFile === undefined ? [] : projectPath(`${path}.variablesFile`, job.variablesFile)),
    ...duration(`${path}.timeout`, job.timeout),
  ];
}

function containerProblems(
  sandbox: Sandbox,
  path: string,
  container: ContainerDefinition,
): readonly Problem[] {
  const declaredNetworks = Object.keys(sandbox.networks);
  return [
    ...(container.networks === undefined && declaredNetworks.length > 1
      ? problem(
          `${path}.networks`,
          `is missing, and the sandbox has several networks; join some of ${declaredNetworks.join(", ")}`,
        )
      : []),
    ...(container.networks?.length === 0
      ? problem(`${path}.networks`, "is empty; add at least one network")
      : []),
    ...duplicates(`${path}.networks`, container.networks ?? []),
    ...(container.networks ?? []).flatMap((network) =>
      unknown(`${path}.networks`, "network", network, declaredNetworks),
    ),
    ...Object.entries(container.volumes ?? {}).flatMap(([target, volume]) => [
      ...absolutePath(`${path}.volumes`, target),
      ...unknown(`${path}.volumes`, "volume", volume, sandbox.volumes),
    ]),
    ...Object.entries(container.tmpfs ?? {}).flatMap(([target, size]) => [
      ...absolutePath(`${path}.tmpfs`, target),
      ...sizeProblems(`${path}.tmpfs["${target}"]`, size),
    ]),
    ...sizeProblems(`${path}.limits.memory`, container.limits?.memory),
    ...positiveNumber(`${path}.limits.cpus`, container.limits?.cpus),
    ...Object.entries(container.extraHosts ?? {}).flatMap(([host, address]) =>
      extraHostProblems(`${path}.extraHosts`, host, address),
    ),
    ...(container.profiles ?? []).flatMap((profile) => problem(`${path}.profiles`, nameProblem(profile))),
  ];
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
  return problem(
    path,
    `"${image}" is not an image reference; use one that docker pull accepts, for example "redis:7-alpine"`,
  );
}

function environmentProblems(path: string, env: Environment, legalName: RegExp): readonly Problem[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const strings = textParts(value).filter((part) => typeof part === "string");
    return [
      ...(legalName.test(name)
        ? []
        : problem(path, `"${name}" is not a legal variable name; use letters, digits and underscores`)),
      ...secretNames(`${path}.${name}`, secretsIn(value)),
      ...(strings.some((part) => part.includes("\0"))
        ? problem(
            `${path}.${name}`,
            "has a NUL character, which no environment variable can contain; remove it",
          )
        : []),
      // A plain template turns a secret into this string.
      ...(strings.some((part) => part.includes("[object Object]"))
        ? problem(`${path}.${name}`, "has a secret in a plain template; use the text tag: text`…`")
        : []),
    ];
  });
}

function extraHostProblems(path: string, host: string, address: string): readonly Problem[] {
  return [
    ...(/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(host)
      ? []
      : problem(path, `"${host}" is not a host name; use letters, digits, dots and dashes`)),
    ...(isIP(address) !== 0 || address === "host-gateway"
      ? []
      : problem(`${path}.${host}`, `"${address}" is not an address; use an IP address or "host-gateway"`)),
  ];
}

function secretNames(path: string, names: readonly string[]): readonly Problem[] {
  return names.flatMap((name) => problem(path, nameProblem(name)));
}

function publishProblems(path: string, { publish, ports = [] }: Service): readonly Problem[] {
  if (publish === undefined || publish === false) return [];
  if (ports.length === 0)
    return problem(`${path}.publish`, 'is set without ports; add "ports" to the service');
  if (publish === true) return [];
  return Object.entries(publish).flatMap(([port, hostPort]) => [
    ...unknown(`${path}.publish`, "port", port, ports.map(String)),
    ...illegalPort(`${path}.publish[${port}]`, hostPort),
  ]);
}

function probeProblems(path: string, probe: Probe | undefined): readonly Problem[] {
  if (!probe) return [];
  const timing = "every" in probe || "startEvery" in probe || "timeout" in probe ? probe : undefined;
  return [
    ...duration(`${path}.within`, probe.within),
    ...duration(`${path}.every`, timing?.every),
    ...duration(`${path}.startEvery`, timing?.startEvery),
    ...duration(`${path}.timeout`, timing?.timeout),
    ...("retries" in probe ? positiveInteger(`${path}.retries`, probe.retries) : []),
    ...(probe.kind === "exec" && probe.command.length === 0
      ? problem(`${path}.command`, "is empty; add a command that exits with 0 when the service works")
      : []),
    ...("port" in probe ? illegalPort(`${path}.port`, probe.port) : []),
    ...(probe.kind === "http" && !/^\/[\x21-\x7e]*$/.test(probe.path)
      ? problem(
          `${path}.path`,
          `"${probe.path}" is not a path; start it with "/" and percent-encode all but ASCII`,
        )
      : []),
    ...(probe.kind === "log" && !isPattern(probe.pattern)
      ? problem(`${path}.pattern`, `"${probe.pattern}" is not a regular expression; correct its syntax`)
      : []),
  ];
}

function noNetworks({ name, networks }: Sandbox): readonly Problem[] {
  if (Object.keys(networks).length > 0) return [];
  return problem(`${name}.networks`, "is empty; remove it to get one network, or add a network");
}

function startCycles(sandbox: Sandbox): readonly Problem[] {
  const dependencies = Object.fromEntries(
    Object.entries(sandbox.services).map(([key, { after = {} }]) => [key, Object.keys(after)]),
  );
  const cycle = findCycle(dependencies);
  if (!cycle) return [];
  const message = `has a dependency cycle: ${cycle.join(" → ")}; remove one of the dependencies`;
  return problem(`${sandbox.name}.services.${cycle[0]}.after`, message);
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
