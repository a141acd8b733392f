import { ConfigurationError } from "../model/problem.ts";
import { nearestWord } from "../model/spelling.ts";
import { findCycle } from "../model/start-order.ts";
import type { ComposeMap, ComposeValue } from "./compose-tree.ts";
import { defaultText, itemsOf, placeOf, servicesOf, textAt } from "./load-compose.ts";
import { dependenciesOf } from "./service-dependencies.ts";
import { SERVICE_PROPERTIES } from "./unknown-properties.ts";

/**
 * Rejects what Compose rejects, too.
 * @throws ConfigurationError with file and line
 */
export function requireValidCompose(compose: ComposeMap): void {
  const services = servicesOf(compose);
  for (const [name, value] of compose.entries)
    if (!TOP_LEVEL.includes(name) && !name.startsWith("x-"))
      failure(name)(value, "is no property of a compose file; remove it");
  for (const [name, service] of services) {
    const fail = failure(`services.${name}`);
    if (!service.entries.has("image") && !service.entries.has("build"))
      fail(service, "has neither an image nor a build; add one");
    for (const [property, value] of service.entries)
      if (!SERVICE_PROPERTIES.has(property) && !property.startsWith("x-"))
        fail(value, `has the unknown property ${property}${similar(property)}`);
    const networks = service.entries.get("networks");
    if (networks !== undefined && service.entries.has("network_mode"))
      fail(networks, "has networks and network_mode, which exclude each other; remove one");
    for (const [other] of dependenciesOf(service))
      if (!services.has(other)) fail(service, `depends on the undefined service ${other}; add it`);
    requireReferences(compose, service, fail);
  }
  requireNoCycle(services);
}

/** Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md */
const TOP_LEVEL = [
  "version",
  "name",
  "include",
  "services",
  "networks",
  "volumes",
  "configs",
  "secrets",
  "models",
];

type Fail = (value: ComposeValue, message: string) => never;

function failure(path: string): Fail {
  return ({ origin }, message) => {
    throw new ConfigurationError(`${placeOf(origin)}: ${path}: ${message}`);
  };
}

function similar(property: string): string {
  const nearest = nearestWord(property, [...SERVICE_PROPERTIES]);
  return nearest === undefined ? "; remove it" : `; did you mean ${nearest}?`;
}

/** The networks, volumes, configs and secrets that a service names must be declared. */
function requireReferences(compose: ComposeMap, service: ComposeMap, fail: Fail): void {
  const isDeclared = (kind: string, name: string) => {
    const declared = compose.entries.get(kind);
    return declared?.kind === "map" && declared.entries.has(name);
  };
  const networks = service.entries.get("networks");
  for (const [name, value] of networks?.kind === "map" ? networks.entries : [])
    if (name !== "default" && !isDeclared("networks", name))
      fail(value, `has the undefined network ${name}; add it`);
  for (const item of itemsOf(service.entries.get("volumes"))) {
    const name = volumeName(item);
    if (name !== undefined && !isDeclared("volumes", name))
      fail(item, `has the undefined volume ${name}; add it`);
  }
  for (const kind of ["configs", "secrets"] as const)
    for (const item of itemsOf(service.entries.get(kind))) {
      const name = item.kind === "map" ? textAt(item, "source") : defaultText(item);
      if (name !== undefined && !isDeclared(kind, name))
        fail(item, `has the undefined ${kind} ${name}; add it`);
    }
}

/** The name of a mounted volume, or undefined for another mount. */
function volumeName(item: ComposeValue): string | undefined {
  if (item.kind === "map") return textAt(item, "type") === "volume" ? textAt(item, "source") : undefined;
  const [source = "", target] = (defaultText(item) ?? "").split(":");
  return target === undefined || /^$|^[.~/\\]|^[A-Za-z]$/.test(source) ? undefined : source;
}

function requireNoCycle(services: ReadonlyMap<string, ComposeMap>): void {
  const dependencies = [...services].map(([name, service]) => [
    name,
    dependenciesOf(service).map(([other]) => other),
  ]);
  const cycle = findCycle(Object.fromEntries(dependencies));
  const [first = ""] = cycle ?? [];
  const service = services.get(first);
  if (cycle === undefined || service === undefined) return;
  failure(`services.${first}.depends_on`)(service, `is a circle: ${cycle.join(" → ")}; remove one of them`);
}
