import type { CatalogChoice } from "./catalog-choice.ts";
import type { Code } from "./code.ts";
import { itemsOf } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";
import { portsOf } from "./port-code.ts";
import type { ServiceSource } from "./service-source.ts";

export function portsCode(
  { service, name }: ServiceSource,
  choice: CatalogChoice | undefined,
  draft: ModuleDraft,
): Readonly<Record<string, Code | undefined>> {
  const written = service.entries.get("ports");
  const property = `services.${name}.ports`;
  const ports = portsOf(written).flatMap((found, index) => {
    if (found !== undefined) return found;
    const origin = itemsOf(written)[index]?.origin ?? service.origin;
    draft.takeNote(origin, property, "is no port that can be read; add it to ports");
    return [];
  });
  const exposed = portsOf(service.entries.get("expose")).flatMap((found) => found ?? []);
  const fixed = ports.filter(({ host }) => host !== undefined);
  if (fixed.length > 0 && written !== undefined) {
    const example = fixed.map(({ container, host }) => `${container}: ${host}`).join(", ");
    const cost = "which lets one copy run at once";
    draft.takeNote(
      written.origin,
      property,
      `is published on a free port that nestbox env prints; publish: { ${example} } fixes it, ${cost}`,
    );
  }
  const numbers = (protocol: string) => [
    ...new Set(
      [...ports, ...exposed].filter((one) => one.protocol === protocol).map(({ container }) => container),
    ),
  ];
  const offered = choice?.entry.declare().ports ?? [];
  const tcp = numbers("tcp");
  const isOffered = tcp.every((port) => offered.includes(port));
  return {
    ports: isOffered ? undefined : { list: [...new Set([...offered, ...tcp])].map(String) },
    udpPorts: numbers("udp").length === 0 ? undefined : { list: numbers("udp").map(String) },
    publish: ports.length === 0 ? undefined : "true",
  };
}
