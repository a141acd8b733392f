import { DeclarationError } from "../problem.ts";
import { aliasesOf, type References, type ServiceReference, type WrittenService } from "./service.ts";

/** References to services, and the keys of those that were used. */
export interface TrackedReferences<Connections> {
  readonly services: References<Connections>;
  readonly used: ReadonlySet<string>;
}

type Reachable<Offered = unknown> = Pick<WrittenService<Offered>, "image" | "alias" | "ports" | "connection">;

/**
 * References for an `env` function at the given path. Each used service is recorded, so that a declaration
 * needs no separate list of them.
 * @throws DeclarationError for a service or property that does not exist
 */
export function referencesTo<Connections>(
  sandboxName: string,
  services: Readonly<Record<string, Reachable>>,
): (path: string) => TrackedReferences<Connections> {
  return (path) => {
    const used = new Set<string>();
    const tracked = new Proxy(services, {
      get(_, key) {
        if (typeof key === "symbol") return undefined;
        const service = Object.hasOwn(services, key) ? services[key] : undefined;
        if (!service) throw unknownService(path, sandboxName, key, Object.keys(services));
        used.add(key);
        return referenceTo(path, key, service);
      },
    });
    return { services: tracked as unknown as References<Connections>, used };
  };
}

/** The connection to a service from another container of its sandbox. */
export function connectionOf<Offered>(key: string, service: Reachable<Offered>): ServiceReference<Offered> {
  const host = aliasesOf(key, service)[0] ?? key;
  return connectionAt(service, { host, port: String(service.ports?.[0] ?? "") });
}

/** The connection to a service at an address, for example from outside its networks. */
export function connectionAt<Offered>(
  service: Reachable<Offered>,
  address: { readonly host: string; readonly port: string },
): ServiceReference<Offered> {
  const offered: object = service.connection?.(address) ?? {};
  return { ...address, ...offered } as ServiceReference<Offered>;
}

function referenceTo(path: string, key: string, service: Reachable): ServiceReference {
  const reference = connectionOf(key, service);
  return new Proxy(reference, {
    get(target, property) {
      if (typeof property === "symbol") return undefined;
      const value = Object.hasOwn(target, property) ? target[property as keyof ServiceReference] : undefined;
      if (value === undefined || (property === "port" && value === "")) {
        const known = Object.keys(target).filter((name) => name !== "port" || service.ports?.length);
        const remedy =
          property === "port"
            ? `add "ports" to the service, for example ports: [8080]`
            : `it offers ${known.join(", ")}`;
        throw new DeclarationError([{ path, message: `service "${key}" has no "${property}"; ${remedy}` }]);
      }
      return value;
    },
  });
}

function unknownService(
  path: string,
  sandboxName: string,
  key: string,
  known: readonly string[],
): DeclarationError {
  const message = `no service "${key}" in sandbox "${sandboxName}"; it has ${known.join(", ") || "none"}`;
  return new DeclarationError([{ path, message }]);
}
