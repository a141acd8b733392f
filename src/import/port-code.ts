import type { ComposeValue } from "./compose-tree.ts";
import { defaultText, itemsOf, textAt } from "./load-compose.ts";

/** A port of a service in a compose file. */
export interface ComposePort {
  readonly container: number;
  readonly protocol: string;
  /** The fixed port of the host, if there is one. */
  readonly host?: number;
}

/** The ports of `ports` or `expose`, or undefined for an item that is none. Ranges are taken apart. */
export function portsOf(value: ComposeValue | undefined): readonly (readonly ComposePort[] | undefined)[] {
  return itemsOf(value).map((item) => {
    if (item.kind !== "map") return shortPorts(defaultText(item) ?? "");
    const published = textAt(item, "published");
    const target = textAt(item, "target") ?? "";
    return shortPorts(`${published ? `${published}:` : ""}${target}/${textAt(item, "protocol") ?? "tcp"}`);
  });
}

/** `[ADDRESS:][HOST:]CONTAINER[/PROTOCOL]`; an address of IPv6 stands in brackets. */
function shortPorts(text: string): readonly ComposePort[] | undefined {
  const pattern = /^(?:(?:\[[^\]]*\]|\d+(?:\.\d+){3}):)?(?:(\d+(?:-\d+)?)?:)?(\d+)(?:-(\d+))?(?:\/(\w+))?$/;
  const [whole, published, first, last = first, protocol = "tcp"] = pattern.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || count > 1000) return undefined;
  const host = published === undefined ? undefined : Number(published.split("-")[0]);
  return Array.from({ length: count }, (_, index) => ({
    container: Number(first) + index,
    protocol,
    ...(host !== undefined && { host: host + index }),
  }));
}
