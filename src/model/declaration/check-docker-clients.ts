import type { Problem } from "../problem.ts";
import { type Environment, textParts } from "../text.ts";
import type { Sandbox } from "./declaration.ts";
import { aliasesOf, type ContainerDefinition, type DeclaredService } from "./service.ts";

/**
 * Contradictions between a Docker client's variables and the Docker daemon that they name, such as another
 * port or only one side with TLS. Such a job would fail late, for example with "Client sent an HTTP request
 * to an HTTPS server".
 *
 * The variables of clients: https://docs.docker.com/reference/cli/docker/#environment-variables
 */
export function* dockerClientProblems(sandbox: Sandbox): Iterable<Problem> {
  for (const daemon of daemonsOf(sandbox)) yield* daemonProblems(sandbox, daemon);
  const groups = { services: sandbox.services, jobs: sandbox.jobs };
  for (const [group, containers] of Object.entries(groups)) {
    for (const [key, { env = {}, networks, extraHosts = {} }] of Object.entries(containers)) {
      const path = `${sandbox.name}.${group}.${key}.env`;
      yield* unknownHostProblems(sandbox, path, env, Object.keys(extraHosts));
      yield* clientProblems(sandbox, path, key, env, networks);
    }
  }
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

/** Contradictions between the image's own TLS switch and the declaration. */
function* daemonProblems(sandbox: Sandbox, { key, service, tls }: Daemon): Iterable<Problem> {
  const folder = literal(service.env ?? {}, "DOCKER_TLS_CERTDIR");
  if (folder === undefined || (folder !== "") === tls) return;
  const message =
    `is "${folder}", which turns TLS ${tls ? "off" : "on"}, but the daemon is declared ` +
    `${tls ? "with" : "without"} TLS; remove it and use dind({ tls: ${!tls} })`;
  yield { path: `${sandbox.name}.services.${key}.env.DOCKER_TLS_CERTDIR`, message };
}

/**
 * The problem of a host name without dots that no service has. Only GitLab's runner also resolves a daemon
 * by the name of its image.
 */
function unknownHostProblems(
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
  const aliases = aliasesOf(daemon.key, daemon.service).join(", ");
  const cause = `no service has the alias "${name}", and the daemon "${daemon.key}" has ${aliases}`;
  const message = `is "${host}", but ${cause}; use ${reference(daemon)}`;
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
  const contradictions = [
    ...(address ? hostContradictions(host ?? "", address, daemon) : []),
    ...variableContradictions(env, daemon),
  ];
  return contradictions.map(([name, cause]) => ({
    path: `${path}.${name}`,
    message: `${cause}; use ${reference(daemon)}`,
  }));
}

/** The daemon that DOCKER_HOST names, or the sandbox's only daemon without DOCKER_HOST. */
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

/** A variable that contradicts the daemon, and how. */
type Contradiction = readonly [name: string, cause: string];

function hostContradictions(
  host: string,
  { port }: Address,
  { key, service: { ports = [] }, tls }: Daemon,
): readonly Contradiction[] {
  if (port === undefined || ports.length === 0 || ports.includes(port)) return [];
  const serves = `serves ${tls ? "with" : "without"} TLS on port ${ports[0]}`;
  return [["DOCKER_HOST", `is "${host}", but "${key}" ${serves}`]];
}

function* variableContradictions(env: Environment, { key, service, tls }: Daemon): Iterable<Contradiction> {
  const verify = literal(env, "DOCKER_TLS_VERIFY");
  const folder = literal(env, "DOCKER_TLS_CERTDIR");
  const certificates = literal(env, "DOCKER_CERT_PATH");
  const { shares = [] } = service;
  const but = `but "${key}" serves ${tls ? "with" : "without"} TLS`;
  // Clients enable TLS for any value, also for "0" and "false".
  if (verify && !tls)
    yield ["DOCKER_TLS_VERIFY", `is "${verify}", which enables TLS as any value does, ${but}`];
  if (verify === "" && tls) yield ["DOCKER_TLS_VERIFY", `is "", which disables TLS, ${but}`];
  if (folder !== undefined && (folder !== "") !== tls) yield ["DOCKER_TLS_CERTDIR", `is "${folder}", ${but}`];
  if (certificates && !tls) yield ["DOCKER_CERT_PATH", `is "${certificates}", ${but}`];
  const isShared = certificates && shares.includes(certificates.replace(/(?<=.)\/+$/, ""));
  if (certificates && tls && shares.length > 0 && !isShared) {
    const places = `"${key}" shares its certificates at ${shares.join(", ")}`;
    yield ["DOCKER_CERT_PATH", `is "${certificates}", but ${places}`];
  }
}

/** The `env` that references the daemon, which cannot contradict it. */
function reference({ key }: Daemon): string {
  return /^[a-z][a-z0-9]*$/.test(key)
    ? `env: ({ ${key} }) => ${key}.variables`
    : `env: (services) => services["${key}"].variables`;
}

/** The value of a variable, or undefined for one that is absent or contains a secret. */
function literal(env: Environment, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined) return undefined;
  const parts = textParts(value);
  return parts.every((part) => typeof part === "string") ? parts.join("") : undefined;
}
