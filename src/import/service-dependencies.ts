import type { ComposeMap } from "./compose-tree.ts";
import { defaultText, itemsOf, textAt } from "./load-compose.ts";

/** What a service waits for: the services of `depends_on` and `links`. */
export function dependenciesOf(
  service: ComposeMap,
): readonly (readonly [name: string, condition: "ready" | "completed"])[] {
  const links = itemsOf(service.entries.get("links")).flatMap(
    (link) => defaultText(link)?.split(":")[0] ?? [],
  );
  const written = service.entries.get("depends_on");
  const declared = written?.kind === "map" ? [...written.entries] : [];
  return [
    ...links.map((name) => [name, "ready"] as const),
    ...declared.map(([name, details]) => {
      const condition = details.kind === "map" ? textAt(details, "condition") : undefined;
      return [name, condition === "service_completed_successfully" ? "completed" : "ready"] as const;
    }),
  ];
}

/** The services whose end others wait for. */
export function completedServices(services: ReadonlyMap<string, ComposeMap>): ReadonlySet<string> {
  const all = [...services.values()].flatMap(dependenciesOf);
  return new Set(all.flatMap(([name, condition]) => (condition === "completed" ? [name] : [])));
}
