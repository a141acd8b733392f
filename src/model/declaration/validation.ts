import { isIP } from "node:net";
import { imageVariable } from "../image-variable.ts";
import { aliasProblem, nameProblem } from "../names.ts";
import type { Probe } from "../probe.ts";
import type { Problem } from "../problem.ts";
import { findCycle } from "../start-order.ts";
import type { Environment } from "../text.ts";
import { secretsIn, textParts } from "../text.ts";
import { sharedAliases, sharedHostPorts } from "./check-clashes.ts";
import { dockerClientProblems } from "./check-docker-clients.ts";
import { afterProblems, needsProblems, references } from "./check-references.ts";
import {
  absolutePath,
  duration,
  illegalName,
  illegalPort,
  listedTwice,
  positive,
  problem,
  projectPath,
  sizeProblems,
  unknown,
  wholeNumber,
} from "./check-values.ts";
import type { DeclaredJob, Sandbox } from "./declaration.ts";
import { aliasesOf, type ContainerDefinition, type DeclaredService, type Service } from "./service.ts";
import { sharedVolumesOf } from "./shares.ts";

/** Everything that is wrong in a declaration, each with its path. An empty list: it can become a sandbox. */
export function problemsOf(sandbox: Sandbox): readonly Problem[] {
  const services = Object.entries(sandbox.services);
  const jobs = Object.entries(sandbox.jobs);
  return [
    ...illegalName(sandbox.name, "sandbox"),
    ...noNetworks(sandbox),
    ...Object.keys(sandbox.networks).flatMap((key) => illegalName(key, `${sandbox.name}.networks`)),
    ...sandbox.volumes.flatMap((key) => illegalName(key, `${sandbox.name}.volumes`)),
    ...listedTwice(`${sandbox.name}.volumes`, sandbox.volumes),
    ...services.flatMap(([key, service]) => serviceProblems(sandbox, key, service)),
    ...sharedAliases(sandbox),
    ...sharedHostPorts(sandbox),
    ...circularOrder(sandbox),
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
    // Some programs want dots and dashes in the names of their variables, for example Elasticsearch.
    ...environmentProblems(`${path}.env`, service.env ?? {}, /^[A-Za-z_][A-Za-z0-9_.-]*$/),
    ...references(sandbox, path, key, service),
    ...(aliases.length === 0 ? problem(`${path}.alias`, "is empty; leave it out, or name an alias") : []),
    // A key that is no legal name is told once, not as an alias too.
    ...(service.alias === undefined && nameProblem(key) ? [] : aliases).flatMap((alias) =>
      problem(`${path}.alias`, aliasProblem(alias)),
    ),
    ...listedTwice(`${path}.alias`, aliases),
    ...(service.ports ?? []).flatMap((port) => illegalPort(`${path}.ports`, port)),
    ...listedTwice(`${path}.ports`, service.ports ?? []),
    ...("connection" in service && service.ports?.length === 0
      ? problem(`${path}.ports`, "is empty; clients need the port that the service listens on")
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
        ? problem(`${path}.shares`, `makes a volume "${volume}", which the sandbox has; rename that one`)
        : [],
    ),
    ...(service.runsOnce && service.probe
      ? problem(
          `${path}.probe`,
          "a service that runs once has no probe; it is done when it exits with 0. Remove the probe",
        )
      : []),
    ...(service.completesWithin !== undefined && !service.runsOnce
      ? problem(
          `${path}.completesWithin`,
          "is for a service that runs once; add runsOnce: true, or give the time to its probe as within",
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
      ? problem(path, "has the name of a service; give one of them another name")
      : []),
    ...environmentProblems(`${path}.env`, job.env, /^[A-Za-z_][A-Za-z0-9_]*$/),
    ...references(sandbox, path, key, job),
    ...(job.script.length === 0 ? problem(`${path}.script`, "is empty; give it at least one command") : []),
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
          `say which of the sandbox's networks it joins: ${declaredNetworks.join(", ")}`,
        )
      : []),
    ...(container.networks?.length === 0
      ? problem(`${path}.networks`, "is empty; name at least one network")
      : []),
    ...listedTwice(`${path}.networks`, container.networks ?? []),
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
    ...positive(`${path}.limits.cpus`, container.limits?.cpus),
    ...Object.entries(container.extraHosts ?? {}).flatMap(([host, address]) =>
      extraHostProblems(`${path}.extraHosts`, host, address),
    ),
    ...(container.profiles ?? []).flatMap((profile) => problem(`${path}.profiles`, nameProblem(profile))),
  ];
}

/** A variable must come from somewhere before the job starts: jobs that it needs are all there is then. */
function jobImageProblems(
  { jobs }: Sandbox,
  path: string,
  { image, needs = [] }: DeclaredJob,
): readonly Problem[] {
  if (imageVariable(image) === undefined) return imageProblems(path, image);
  if (needs.some((needed) => Object.hasOwn(jobs, needed) && jobs[needed]?.variablesFile !== undefined))
    return [];
  return problem(path, `"${image}" is a variable that nobody hands on; need a job with a variablesFile`);
}

/** `host:port/path:tag@digest`, as https://pkg.go.dev/github.com/distribution/reference has it. */
function imageProblems(path: string, image: string): readonly Problem[] {
  const reference =
    /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|__?|-+|\/)[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;
  if (reference.test(image)) return [];
  return problem(
    path,
    `"${image}" is not an image reference; write it as docker pull takes it, for example "redis:7-alpine"`,
  );
}

function environmentProblems(path: string, env: Environment, legalName: RegExp): readonly Problem[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const written = textParts(value).filter((part) => typeof part === "string");
    return [
      ...(legalName.test(name)
        ? []
        : problem(path, `"${name}" is not a legal variable name; use letters, digits and underscores`)),
      ...secretNames(`${path}.${name}`, secretsIn(value)),
      ...(written.some((part) => part.includes("\0"))
        ? problem(`${path}.${name}`, "holds a NUL character, which no environment can; remove it")
        : []),
      // What a plain template makes of a secret.
      ...(written.some((part) => part.includes("[object Object]"))
        ? problem(`${path}.${name}`, "joins a secret like a string; write text before the template: text`…`")
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
      : problem(`${path}.${host}`, `"${address}" is neither an IP address nor "host-gateway"`)),
  ];
}

function secretNames(path: string, names: readonly string[]): readonly Problem[] {
  return names.flatMap((name) => problem(path, nameProblem(name)));
}

function publishProblems(path: string, { publish, ports = [] }: Service): readonly Problem[] {
  if (publish === undefined || publish === false) return [];
  if (ports.length === 0)
    return problem(`${path}.publish`, 'has no ports to publish; give the service "ports"');
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
    ...("retries" in probe ? wholeNumber(`${path}.retries`, probe.retries) : []),
    ...(probe.kind === "exec" && probe.command.length === 0
      ? problem(`${path}.command`, "is empty; write the command that tells whether the service works")
      : []),
    ...("port" in probe ? illegalPort(`${path}.port`, probe.port) : []),
    ...(probe.kind === "http" && !/^\/[\x21-\x7e]*$/.test(probe.path)
      ? problem(
          `${path}.path`,
          `"${probe.path}" is not a path; begin it with "/" and encode what is not ASCII`,
        )
      : []),
    ...(probe.kind === "log" && !isPattern(probe.pattern)
      ? problem(`${path}.pattern`, `"${probe.pattern}" is not a regular expression`)
      : []),
  ];
}

function noNetworks({ name, networks }: Sandbox): readonly Problem[] {
  if (Object.keys(networks).length > 0) return [];
  return problem(`${name}.networks`, "is empty; leave it out for one network, or name at least one");
}

function circularOrder(sandbox: Sandbox): readonly Problem[] {
  const dependencies = Object.fromEntries(
    Object.entries(sandbox.services).map(([key, { after = {} }]) => [key, Object.keys(after)]),
  );
  const cycle = findCycle(dependencies);
  if (!cycle) return [];
  const message = `waits in a circle: ${cycle.join(" → ")}; remove one of these`;
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
