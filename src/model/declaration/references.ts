import { DeclarationError } from "../problem.ts";
import { aliasesOf, type References, type ServiceReference, type WrittenService } from "./service.ts";

type Reachable<Offered = unknown> = Pick<WrittenService<Offered>, "image" | "alias" | "ports" | "connection">;

/**
 * References for an `env` function at the given path. The key of each used service is recorded, so that a
 * declaration needs no separate list of them.
 * @throws DeclarationError for a service or property that does not exist
 */
export function referencesTo<Connections>(
  path: string,
  sandboxName: string,
  declared: Readonly<Record<string, Reachable>>,
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

function referenceTo(path: string, key: string, service: Reachable): object {
  const offered = Object.entries(connectionOf(key, service));
  const reachable = offered.filter(([name, value]) => name !== "port" || value !== "");
  return new Proxy(Object.fromEntries(reachable), {
    get(target, property) {
      if (typeof property === "symbol") return undefined;
      const value = Object.hasOwn(target, property) ? target[property] : undefined;
      if (value !== undefined) return value;
      const remedy =
        property === "port"
          ? `add "ports" to the service, for example ports: [8080]`
          : `it offers ${Object.keys(target).join(", ")}`;
      throw new DeclarationError([{ path, message: `service "${key}" has no "${property}"; ${remedy}` }]);
    },
  });
}
