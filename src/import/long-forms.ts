import type { ComposeList, ComposeMap, ComposeText, ComposeValue } from "./compose-tree.ts";

/** Properties of a service that may be a list of `NAME=value`, and their separators. */
const PAIR_LISTS: Readonly<Record<string, RegExp>> = {
  environment: /=/,
  labels: /=/,
  annotations: /=/,
  sysctls: /=/,
  // IPv6 addresses have colons.
  extra_hosts: /=|:/,
};

/** Properties of a service that may be one item instead of a list. */
const SINGLE_ITEMS = ["env_file", "tmpfs", "dns", "dns_search", "profiles"];

/** A service with the lists that mean mappings as mappings, so that services can be merged. */
export function longForms(service: ComposeMap): ComposeMap {
  const entries = new Map(service.entries);
  const replace = (name: string, change: (value: ComposeValue) => ComposeValue) => {
    const value = entries.get(name);
    if (value !== undefined) entries.set(name, change(value));
  };
  for (const [name, separator] of Object.entries(PAIR_LISTS))
    replace(name, (value) => (value.kind === "list" ? mapOfPairs(value, separator) : value));
  for (const name of SINGLE_ITEMS)
    replace(name, (value) =>
      value.kind === "text" ? { kind: "list", items: [value], origin: value.origin } : value,
    );
  replace("depends_on", (value) => (value.kind === "list" ? mapOfNames(value, STARTED) : value));
  replace("networks", (value) => (value.kind === "list" ? mapOfNames(value, new Map()) : value));
  return { ...service, entries };
}

const STARTED: ReadonlyMap<string, string> = new Map([["condition", "service_started"]]);

function mapOfPairs(list: ComposeList, separator: RegExp): ComposeMap {
  const entries = new Map<string, ComposeValue>();
  for (const item of list.items) {
    if (item.kind !== "text" || item.text === undefined) continue;
    const at = item.text.search(separator);
    const value: ComposeText = { ...item, text: at < 0 ? undefined : item.text.slice(at + 1) };
    entries.set(at < 0 ? item.text : item.text.slice(0, at), value);
  }
  return { kind: "map", entries, origin: list.origin, ...(list.tag && { tag: list.tag }) };
}

function mapOfNames(list: ComposeList, content: ReadonlyMap<string, string>): ComposeMap {
  const entries = new Map<string, ComposeValue>();
  for (const item of list.items) {
    if (item.kind !== "text" || item.text === undefined) continue;
    const inner = [...content].map(([key, text]): [string, ComposeText] => [
      key,
      { kind: "text", text, origin: item.origin },
    ]);
    entries.set(item.text, { kind: "map", entries: new Map(inner), origin: item.origin });
  }
  return { kind: "map", entries, origin: list.origin, ...(list.tag && { tag: list.tag }) };
}
