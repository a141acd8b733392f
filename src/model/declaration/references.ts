import { DeclarationError } from "../problem.ts";
import {
  aliasesOf,
  type Connection,
  type ConnectionAt,
  portOf,
  type References,
  type ServiceAddress,
  type WrittenService,
} from "./service.ts";

/** What references to a service derive from. */
export type ReachableService<Offered = unknown> = Omit<WrittenService<Offered>, "env" | "after">;

/**
 * References for an `env` function at the given path. The key of each used service is recorded, so that a
 * declaration needs no separate list of them.
 * @throws DeclarationError for a service or property that does not exist
 */
export function referencesTo<Connections>(
  path: string,
  sandboxName: string,
  declared: Readonly<Record<string, ReachableService>>,
): { readonly services: References<Connections>; readonly used: ReadonlySet<string> } {
  const used = new Set<string>();
  const services = new Proxy(declared, {
    get(_, key) {
      if (typeof key === "symbol") return undefined;
      const service = Object.hasOwn(declared, key) ? declared[key] : undefined;
      if (!service) {
        const known = Object.keys(declared).join(", ") || "none";
        const message = `no service "${key}" in sandbox "${sandboxName}"; it has ${known}`;
        throw new DeclarationError([{ path, message }]);
      }
      used.add(key);
      return referenceTo(path, key, service);
    },
  });
  return { services: services as unknown as References<Connections>, used };
}

/**
 * The connection to a service from another container of its sandbox. A raw image has variables only if it
 * declares some.
 */
export function connectionOf<Offered>(
  key: string,
  service: ReachableService<Offered>,
): ConnectionAt<Offered> & Partial<Connection> {
  const host = aliasesOf(key, service)[0] ?? key;
  return connectionAt(service, { host, port: String(portOf(service) ?? "") });
}

/** The connection to a service at an address, for example from outside its networks. */
export function connectionAt<Offered>(
  service: ReachableService<Offered>,
  address: ServiceAddress,
): ConnectionAt<Offered> & Partial<Connection> {
  const offered: object = service.connection?.(address) ?? {};
  const own = { ...address, ...offered } as ConnectionAt<Offered> & Partial<Connection>;
  const declared = service.variables?.(own);
  if (declared === undefined) return own;
  const variables = Object.entries({ ...own.variables, ...declared });
  const given = variables.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { ...own, variables: Object.fromEntries(given) };
}

const REMEDIES: Readonly<Record<string, string>> = {
  port: `add "ports" to the service, for example ports: [8080]`,
  variables:
    'add "variables" to the service, for example variables: ({ host, port }) => ({ API: `${host}:${port}` })',
};

/**
 * The connection to a service, for functions of a declaration.
 * @throws DeclarationError for a property that the service does not offer
 */
export function referenceTo(path: string, key: string, service: ReachableService): ConnectionAt {
  const offered = Object.entries(connectionOf(key, service));
  const reachable = offered.filter(([name, value]) => name !== "port" || value !== "");
  return new Proxy(Object.fromEntries(reachable) as Record<string, unknown> & ConnectionAt, {
    get(target, property) {
      if (typeof property === "symbol") return undefined;
      const value = Object.hasOwn(target, property) ? target[property] : undefined;
      if (value !== undefined) return value;
      const remedy = Object.hasOwn(REMEDIES, property)
        ? REMEDIES[property]
        : `it offers ${Object.keys(target).join(", ")}`;
      throw new DeclarationError([{ path, message: `service "${key}" has no "${property}"; ${remedy}` }]);
    },
  });
}
