import type { ComposeList, ComposeMap, ComposeText, ComposeValue } from "./compose-tree.ts";

/**
 * A compose file with another one laid over it, or a service with one that it extends. Both are in the long
 * forms of {@link longForms}.
 * Source: https://github.com/compose-spec/compose-spec/blob/main/13-merge.md
 */
export function mergeTrees(base: ComposeMap, over: ComposeMap, path: readonly string[] = []): ComposeMap {
  const entries = new Map(base.entries);
  for (const [key, value] of over.entries) {
    const before = entries.get(key);
    if (value.tag === "!reset") entries.delete(key);
    else entries.set(key, before === undefined ? value : mergeValues(before, value, [...path, key]));
  }
  return { ...base, entries };
}

/** Lists of a service that a later file replaces. */
const REPLACED_LISTS = new Set(["command", "entrypoint", "test"]);

function mergeValues(before: ComposeValue, value: ComposeValue, path: readonly string[]): ComposeValue {
  const isReplaced = REPLACED_LISTS.has(path.at(-1) ?? "") || value.tag === "!override";
  if (isReplaced || before.kind !== value.kind) return value;
  if (before.kind === "map") return mergeTrees(before, value as ComposeMap, path);
  if (before.kind === "list") return mergeLists(before, value as ComposeList, path.at(-1) ?? "");
  return (value as ComposeText).text === undefined ? before : value;
}

/** Items of both, without those of before that mean the same mount or file. */
function mergeLists(before: ComposeList, { items }: ComposeList, property: string): ComposeList {
  const identityOf = IDENTITIES[property] ?? ((item: ComposeValue) => JSON.stringify(plain(item)));
  const later = new Set(items.map(identityOf));
  return { ...before, items: [...before.items.filter((item) => !later.has(identityOf(item))), ...items] };
}

/** By what items of a list are the same. */
const IDENTITIES: Readonly<Record<string, (item: ComposeValue) => string>> = {
  volumes: (item) => targetOf(item, (text) => text.split(":").at(text.includes(":") ? 1 : 0)),
  configs: (item) => targetOf(item, (text) => text),
  secrets: (item) => targetOf(item, (text) => text),
};

function targetOf(item: ComposeValue, ofText: (text: string) => string | undefined): string {
  if (item.kind === "text") return ofText(item.text ?? "") ?? "";
  if (item.kind === "list") return "";
  const target = item.entries.get("target") ?? item.entries.get("source");
  return target?.kind === "text" ? (target.text ?? "") : "";
}

function plain(value: ComposeValue): unknown {
  if (value.kind === "text") return value.text;
  if (value.kind === "list") return value.items.map(plain);
  return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plain(entry)]));
}
