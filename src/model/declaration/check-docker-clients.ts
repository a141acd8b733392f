import { problemsAt } from "../check-values.ts";
import type { Problem } from "../problem.ts";
import { type Environment, textParts } from "../text.ts";
import type { DeclaredJob, Sandbox } from "./declaration.ts";
import { aliasesOf, type DeclaredService } from "./service.ts";

/**
 * Contradictions between a Docker client's variables and the Docker daemon that they name, such as another
 * port or only one side with TLS. Such a job would fail late, for example with "Client sent an HTTP request
 * to an HTTPS server".
 *
 * The variables of clients: https://docs.docker.com/reference/cli/docker/#environment-variables
 */
export function* dockerClientProblems(sandbox: Sandbox): Iterable<Problem> {
  const daemons = daemonsOf(sandbox);
  for (const daemon of daemons) yield* daemonProblems(sandbox, daemon);
  const groups = { services: sandbox.services, jobs: sandbox.jobs };
  for (const [group, containers] of Object.entries(groups)) {
    for (const [key, client] of Object.entries(containers)) {
      const path = `${sandbox.name}.${group}.${key}.env`;
      yield* unknownHostProblems(sandbox, daemons, path, client);
      const daemon = daemonFor(daemons, client);
      if (daemon && daemon.key !== key) yield* clientProblems(path, client.env ?? {}, daemon);
    }
  }
}

/** The Docker daemons that a sandbox declares. */
function daemonsOf({ services }: Sandbox) {
  return Object.entries(services).flatMap(([key, service]) => {
    const { dockerDaemon, ports = [], shares = [], networks = [], env = {} } = service;
    if (!dockerDaemon) return [];
    const mode = `${dockerDaemon.tls ? "with" : "without"} TLS`;
    return [{ key, ...dockerDaemon, mode, aliases: aliasesOf(key, service), ports, shares, networks, env }];
  });
}

type Daemon = ReturnType<typeof daemonsOf>[number];

/** Contradictions between the image's own TLS switch and the declaration. */
function* daemonProblems(sandbox: Sandbox, { key, env, tls, mode }: Daemon): Iterable<Problem> {
  const folder = literal(env, "DOCKER_TLS_CERTDIR");
  if (folder === undefined || (folder !== "") === tls) return;
  const message =
    `is "${folder}", which turns TLS ${tls ? "off" : "on"}, but the daemon is declared ${mode}; ` +
    `remove it and use dind({ tls: ${!tls} })`;
  yield { path: `${sandbox.name}.services.${key}.env.DOCKER_TLS_CERTDIR`, message };
}

/**
 * The problem of a host name without dots that no service has. Only GitLab's runner also resolves a daemon
 * by the name of its image.
 */
function* unknownHostProblems(
  sandbox: Sandbox,
  [daemon]: readonly Daemon[],
  path: string,
  { env = {}, extraHosts = {} }: DeclaredService | DeclaredJob,
): Iterable<Problem> {
  const host = literal(env, "DOCKER_HOST");
  const { name } = addressIn(host);
  if (name === undefined || name.includes(".") || name === "localhost" || !daemon) return;
  const names = Object.entries(sandbox.services).flatMap(([key, service]) => aliasesOf(key, service));
  if ([...names, ...Object.keys(extraHosts)].includes(name)) return;
  const aliases = `the daemon "${daemon.key}" has ${daemon.aliases.join(", ")}`;
  const message = `is "${host}", but no service has the alias "${name}", and ${aliases}; ${remedy(daemon)}`;
  yield { path: `${path}.DOCKER_HOST`, message };
}

/** The daemon that DOCKER_HOST names, or the sandbox's only daemon without DOCKER_HOST. */
function daemonFor(
  daemons: readonly Daemon[],
  { env = {}, networks = [] }: DeclaredService | DeclaredJob,
): Daemon | undefined {
  const host = literal(env, "DOCKER_HOST");
  if (host === undefined) return daemons.length === 1 ? daemons[0] : undefined;
  const named = daemons.filter(({ aliases }) => aliases.includes(addressIn(host).name ?? ""));
  return named.find((daemon) => daemon.networks.some((network) => networks.includes(network))) ?? named[0];
}

/** The host name in the value of DOCKER_HOST, and its port. Without a name for other values. */
function addressIn(host = "") {
  const [, name, port] = /^(?:tcp|https?):\/\/([^:/]+)(?::(\d+))?\/?$/.exec(host) ?? [];
  return { name, port: port === undefined ? undefined : Number(port) };
}

function* clientProblems(path: string, env: Environment, daemon: Daemon): Iterable<Problem> {
  const { key, ports, shares, tls, mode } = daemon;
  const at = problemsAt(path);
  const host = literal(env, "DOCKER_HOST");
  const verify = literal(env, "DOCKER_TLS_VERIFY");
  const folder = literal(env, "DOCKER_TLS_CERTDIR");
  const certificates = literal(env, "DOCKER_CERT_PATH");
  const use = remedy(daemon);
  const but = `but "${key}" serves ${mode}; ${use}`;
  const { port } = addressIn(host);
  if (port !== undefined && ports.length > 0 && !ports.includes(port))
    yield at("DOCKER_HOST", `is "${host}", but "${key}" serves ${mode} on port ${ports[0]}; ${use}`);
  // Clients enable TLS for any value, also for "0" and "false".
  if (verify && !tls)
    yield at("DOCKER_TLS_VERIFY", `is "${verify}", which enables TLS as any value does, ${but}`);
  if (verify === "" && tls) yield at("DOCKER_TLS_VERIFY", `is "", which disables TLS, ${but}`);
  if (folder !== undefined && (folder !== "") !== tls)
    yield at("DOCKER_TLS_CERTDIR", `is "${folder}", ${but}`);
  if (certificates && !tls) yield at("DOCKER_CERT_PATH", `is "${certificates}", ${but}`);
  const isShared = certificates && shares.includes(certificates.replace(/(?<=.)\/+$/, ""));
  if (certificates && tls && shares.length > 0 && !isShared) {
    const places = `"${key}" shares its certificates at ${shares.join(", ")}`;
    yield at("DOCKER_CERT_PATH", `is "${certificates}", but ${places}; ${use}`);
  }
}

/** The `env` that references the daemon, which cannot contradict it. */
function remedy({ key }: Daemon): string {
  return /^[a-z][a-z0-9]*$/.test(key)
    ? `use env: ({ ${key} }) => ${key}.variables`
    : `use env: (services) => services["${key}"].variables`;
}

/** The value of a variable, or undefined for one that is absent or contains a secret. */
function literal(env: Environment, name: string): string | undefined {
  const value = env[name];
  if (value === undefined) return undefined;
  const parts = textParts(value);
  return parts.every((part) => typeof part === "string") ? parts.join("") : undefined;
}
