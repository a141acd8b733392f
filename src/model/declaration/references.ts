import { DeclarationError } from "../problem.ts";
import { aliasesOf, type References, type ServiceReference, type WrittenService } from "./service.ts";

/** References to services, and which of them were asked for. */
export interface TrackedReferences<Connections> {
  readonly services: References<Connections>;
  readonly used: ReadonlySet<string>;
}

/** What is known of a service that is referred to. */
type Reachable<Offered = unknown> = Pick<WrittenService<Offered>, "image" | "alias" | "ports" | "connection">;

/**
 * References for an `env` function at the given path. What is asked for is noted, so that a declaration says
 * which services a job needs without saying it twice; asking for a service or property that does not exist is
 * an error where no compiler has caught it.
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

/** What reaching the service from another container of its sandbox takes. */
export function connectionOf<Offered>(key: string, service: Reachable<Offered>): ServiceReference<Offered> {
  const host = aliasesOf(key, service)[0] ?? key;
  return connectionAt(service, { host, port: String(service.ports?.[0] ?? "") });
}

/** What reaching the service at this address takes, for example from outside its networks. */
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
            ? `give the service "ports", for example ports: [8080]`
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
