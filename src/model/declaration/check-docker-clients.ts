import type { Problem } from "../problem.ts";
import type { Environment } from "../text.ts";
import { textParts } from "../text.ts";
import type { Sandbox } from "./declaration.ts";
import { aliasesOf, type ContainerDefinition, type DeclaredService } from "./service.ts";

/**
 * Where a Docker client's variables contradict the Docker daemon that they lead to: another port than it
 * serves at, TLS here and none there. A job like that would fail late, with "Client sent an HTTP request to
 * an HTTPS server" or worse.
 *
 * What the variables mean to clients: https://docs.docker.com/reference/cli/docker/#environment-variables
 */
export function dockerClientProblems(sandbox: Sandbox): readonly Problem[] {
  const clients = [
    ...Object.entries(sandbox.services).map(([key, service]) => ({ kind: "services", key, ...service })),
    ...Object.entries(sandbox.jobs).map(([key, job]) => ({ kind: "jobs", key, ...job })),
  ];
  return [
    ...daemonsOf(sandbox).flatMap((daemon) => daemonProblems(sandbox, daemon)),
    ...clients.flatMap(({ kind, key, env = {}, networks, extraHosts = {} }) => {
      const path = `${sandbox.name}.${kind}.${key}.env`;
      return [
        ...nobodyProblems(sandbox, path, env, Object.keys(extraHosts)),
        ...clientProblems(sandbox, path, key, env, networks),
      ];
    }),
  ];
}

/** A Docker daemon that a sandbox declares. */
interface Daemon {
  readonly key: string;
  readonly service: DeclaredService;
  readonly tls: boolean;
}

function daemonsOf({ services }: Sandbox): readonly Daemon[] {
  return Object.entries(services).flatMap(([key, service]) =>
    service.dockerDaemon ? [{ key, service, tls: service.dockerDaemon.tls }] : [],
  );
}

/** The image's own switch against what the declaration says of it. */
function daemonProblems(sandbox: Sandbox, { key, service, tls }: Daemon): readonly Problem[] {
  const folder = literal(service.env ?? {}, "DOCKER_TLS_CERTDIR");
  if (folder === undefined || (folder !== "") === tls) return [];
  return [
    {
      path: `${sandbox.name}.services.${key}.env.DOCKER_TLS_CERTDIR`,
      message: `is "${folder}", which ${tls ? "turns TLS off" : "turns TLS on"}, but the daemon is declared ${tls ? "with" : "without"} TLS; drop it and write dind({ tls: ${!tls} })`,
    },
  ];
}

/**
 * A name without dots that leads nowhere. GitLab's runner would know the daemon by its image's name too;
 * nobody else does.
 */
function nobodyProblems(
  sandbox: Sandbox,
  path: string,
  env: Environment,
  otherNames: readonly string[],
): readonly Problem[] {
  const host = literal(env, "DOCKER_HOST");
  const { name } = addressIn(host ?? "") ?? {};
  const [daemon] = daemonsOf(sandbox);
  if (name === undefined || name.includes(".") || name === "localhost" || !daemon) return [];
  const names = Object.entries(sandbox.services).flatMap(([key, service]) => aliasesOf(key, service));
  if ([...names, ...otherNames].includes(name)) return [];
  const message = `is "${host}", but no service is called "${name}", and the daemon "${daemon.key}" is ${aliasesOf(daemon.key, daemon.service).join(", ")}; write ${reference(daemon)} instead`;
  return [{ path: `${path}.DOCKER_HOST`, message }];
}

function clientProblems(
  sandbox: Sandbox,
  path: string,
  ownKey: string,
  env: Environment,
  networks: ContainerDefinition["networks"],
): readonly Problem[] {
  const host = literal(env, "DOCKER_HOST");
  const address = host === undefined ? undefined : addressIn(host);
  const daemon = daemonFor(sandbox, host, address, networks);
  if (!daemon || daemon.key === ownKey) return [];
  const said = [
    ...(address ? hostProblems(host ?? "", address, daemon) : []),
    ...variableProblems(env, daemon),
  ];
  return said.map(({ name, message }) => ({
    path: `${path}.${name}`,
    message: `${message}; write ${reference(daemon)} instead`,
  }));
}

/**
 * The daemon that DOCKER_HOST names; without DOCKER_HOST the sandbox's only one, which the variables must be
 * about.
 */
function daemonFor(
  sandbox: Sandbox,
  host: string | undefined,
  address: Address | undefined,
  networks: ContainerDefinition["networks"],
): Daemon | undefined {
  const daemons = daemonsOf(sandbox);
  if (host === undefined) return daemons.length === 1 ? daemons[0] : undefined;
  const named = daemons.filter(({ key, service }) => aliasesOf(key, service).includes(address?.name ?? ""));
  return (
    named.find(({ service }) => service.networks?.some((network) => networks?.includes(network))) ?? named[0]
  );
}

interface Address {
  readonly name: string;
  readonly port?: number;
}

function addressIn(host: string): Address | undefined {
  const [, name, port] = /^(?:tcp|https?):\/\/([^:/]+)(?::(\d+))?\/?$/.exec(host) ?? [];
  if (name === undefined) return undefined;
  return { name, ...(port !== undefined && { port: Number(port) }) };
}

/** A variable that contradicts the daemon, and both sides of it. */
interface Contradiction {
  readonly name: string;
  readonly message: string;
}

function hostProblems(
  host: string,
  { port }: Address,
  { key, service, tls }: Daemon,
): readonly Contradiction[] {
  const { ports = [] } = service;
  if (port === undefined || ports.length === 0 || ports.includes(port)) return [];
  return [
    {
      name: "DOCKER_HOST",
      message: `is "${host}", but "${key}" serves ${tls ? "with" : "without"} TLS, at port ${ports[0]}`,
    },
  ];
}

function variableProblems(env: Environment, { key, service, tls }: Daemon): readonly Contradiction[] {
  const verify = literal(env, "DOCKER_TLS_VERIFY");
  const folder = literal(env, "DOCKER_TLS_CERTDIR");
  const certificates = literal(env, "DOCKER_CERT_PATH");
  const { shares = [] } = service;
  const withoutTls = `but "${key}" serves without TLS`;
  const withTls = `but "${key}" serves with TLS`;
  // Clients take any value for yes, "0" and "false" too.
  const verifies = verify !== undefined && verify !== "";
  return [
    ...(verifies && !tls
      ? [
          {
            name: "DOCKER_TLS_VERIFY",
            message: `is "${verify}", which asks for TLS as any value does, ${withoutTls}`,
          },
        ]
      : []),
    ...(verify === "" && tls
      ? [{ name: "DOCKER_TLS_VERIFY", message: `is "", which asks for no TLS, ${withTls}` }]
      : []),
    ...(folder !== undefined && (folder !== "") !== tls
      ? [{ name: "DOCKER_TLS_CERTDIR", message: `is "${folder}", ${tls ? withTls : withoutTls}` }]
      : []),
    ...(certificates && !tls
      ? [{ name: "DOCKER_CERT_PATH", message: `is "${certificates}", ${withoutTls}` }]
      : []),
    ...(certificates && tls && shares.length > 0 && !shares.includes(certificates.replace(/(?<=.)\/+$/, ""))
      ? [
          {
            name: "DOCKER_CERT_PATH",
            message: `is "${certificates}", but "${key}" shares its certificates at ${shares.join(", ")}`,
          },
        ]
      : []),
  ];
}

/** How the environment says the same with a reference that cannot disagree. */
function reference({ key }: Daemon): string {
  return /^[a-z][a-z0-9]*$/.test(key)
    ? `env: ({ ${key} }) => ${key}.variables`
    : `env: (services) => services["${key}"].variables`;
}

/** A variable's value, if it is written out and holds no secret. */
function literal(env: Environment, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined) return undefined;
  const parts = textParts(value);
  return parts.every((part) => typeof part === "string") ? parts.join("") : undefined;
}
