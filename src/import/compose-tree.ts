import type { Alias, Document, Node, Pair, Scalar, YAMLMap } from "yaml";
import { ConfigurationError } from "../model/problem.ts";
import { loadYaml } from "../text/load-yaml.ts";

/** Where a value stands in a compose file. */
export interface Origin {
  /** The file as it was named. */
  readonly file: string;
  readonly line: number;
  /** The folder to which relative paths in the value relate. */
  readonly folder: string;
}

/** A tag of Compose's that says how a value is merged. */
export type MergeTag = "!reset" | "!override";

interface Located {
  readonly origin: Origin;
  readonly tag?: MergeTag;
}

/** A value of a compose file, as written: numbers and booleans are text. */
export type ComposeValue = ComposeText | ComposeList | ComposeMap;

export interface ComposeText extends Located {
  readonly kind: "text";
  /** Undefined for a value that is empty or `null`. */
  readonly text: string | undefined;
}

export interface ComposeList extends Located {
  readonly kind: "list";
  readonly items: readonly ComposeValue[];
}

export interface ComposeMap extends Located {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, ComposeValue>;
}

/** More values than any compose file that a person wrote. Aliases of aliases multiply. */
const MOST_VALUES = 100_000;

/**
 * Reads a compose file into values with their lines.
 * @param file the name for messages
 * @param folder the folder to which its relative paths relate
 * @throws ConfigurationError for text that is no YAML, with line and column, or not a mapping
 */
export function readComposeTree(text: string, file: string, folder: string): ComposeMap {
  const { parseDocument, LineCounter } = loadYaml();
  const lineCounter = new LineCounter();
  // A document has no error that its own text could not explain, so the first one is enough.
  const document = parseDocument(text, { lineCounter, merge: true, prettyErrors: false, logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    throw new ConfigurationError(`${file}:${line}:${col}: is no YAML (${error.message}); correct it there`);
  }
  const lineOf = (node: Node) => lineCounter.linePos(node.range?.[0] ?? 0).line;
  const root = treeReader(document, (node) => ({ file, folder, line: lineOf(node) }))(document.contents);
  if (root.kind === "map") return root;
  throw new ConfigurationError(`${file}: is no compose file; it has no mapping with services`);
}

function treeReader(document: Document, originOf: (node: Node) => Origin) {
  const { isAlias, isMap, isScalar, isSeq } = loadYaml();
  const unresolved = new Set<Node>();
  let count = 0;

  const read = (node: unknown, parent?: Origin): ComposeValue => {
    if (node === null || node === undefined)
      return { kind: "text", text: undefined, origin: parent ?? { file: "", folder: "", line: 1 } };
    const written = node as Node;
    const origin = originOf(written);
    const place = `${origin.file}:${origin.line}`;
    count += 1;
    if (count > MOST_VALUES)
      throw new ConfigurationError(`${place}: aliases make more than ${MOST_VALUES} values; write fewer`);
    if (unresolved.has(written))
      throw new ConfigurationError(`${place}: the alias contains itself; remove it`);
    unresolved.add(written);
    const value = readResolved(written, origin);
    unresolved.delete(written);
    return value;
  };

  const readResolved = (node: Node, origin: Origin): ComposeValue => {
    const tag = mergeTagOf(node);
    if (isAlias(node)) return { ...read(resolved(node, origin), origin), origin };
    if (isScalar(node)) {
      return { kind: "text", text: scalarText(node), origin, ...tag };
    }
    if (isSeq(node))
      return { kind: "list", items: node.items.map((item) => read(item, origin)), origin, ...tag };
    if (isMap(node)) return { kind: "map", entries: entriesOf(node, origin), origin, ...tag };
    throw new ConfigurationError(`${origin.file}:${origin.line}: cannot be read; write plain YAML`);
  };

  const resolved = (alias: Alias, { file, line }: Origin): Node => {
    const found = alias.resolve(document);
    if (found !== undefined) return found;
    throw new ConfigurationError(`${file}:${line}: the alias *${alias.source} has no anchor; add it`);
  };

  /** Entries of the map itself take precedence over those that `<<` merges into it. */
  const entriesOf = (map: YAMLMap, origin: Origin): ReadonlyMap<string, ComposeValue> => {
    const merged = new Map<string, ComposeValue>();
    const own = new Map<string, ComposeValue>();
    for (const pair of map.items as Pair<Node, Node>[]) {
      const key = isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : String(pair.key);
      const line = pair.key === null ? origin : originOf(pair.key);
      const value = read(pair.value, line);
      if (key !== "<<") {
        // The line of the key: the value of a mapping begins on the next one.
        own.set(key, { ...value, origin: { ...value.origin, line: line.line } });
        continue;
      }
      for (const source of value.kind === "list" ? value.items : [value])
        if (source.kind === "map")
          for (const [name, inherited] of source.entries) if (!merged.has(name)) merged.set(name, inherited);
    }
    return new Map([...merged, ...own]);
  };
  return read;
}

/** The text of a scalar. Compose writes numbers anew: 0x10 is 16, and 1.50 is 1.5. */
function scalarText({ value, source }: Scalar): string | undefined {
  if (value === null || value === undefined) return undefined;
  const isExact = typeof value !== "number" || Number.isSafeInteger(value) || !Number.isInteger(value);
  return isExact ? String(value) : source;
}

function mergeTagOf({ tag }: Node & { readonly tag?: string }): { readonly tag?: MergeTag } {
  return tag === "!reset" || tag === "!override" ? { tag } : {};
}
