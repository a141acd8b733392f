import { readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { InterpolationError, textPartsOf, withoutEnvironment } from "./compose-text.ts";
import {
  type ComposeMap,
  type ComposeText,
  type ComposeValue,
  type Origin,
  readComposeTree,
} from "./compose-tree.ts";
import type { TakeNote } from "./import-note.ts";
import { longForms } from "./long-forms.ts";
import { mergeTrees } from "./merge-trees.ts";

/** The largest compose file in bytes. */
const LARGEST = 10 * 1024 ** 2;

interface LoadContext {
  /** The project's folder, which no file leaves. */
  readonly project: string;
  readonly takeNote: TakeNote;
}

/**
 * Reads compose files as one: later files over earlier ones, with what they include and what their services
 * extend. Services are in their long forms.
 * Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md
 * @param files the files; relative paths in all of them relate to the folder of the first
 * @throws ConfigurationError with file and line
 */
export function loadCompose(files: readonly string[], context: LoadContext): ComposeMap {
  const [first = "compose.yaml"] = files;
  return loadFiles(files, path.dirname(path.resolve(context.project, first)), [], context);
}

function loadFiles(
  files: readonly string[],
  folder: string,
  including: readonly string[],
  context: LoadContext,
): ComposeMap {
  const merged = files
    .map((file) => readFile(file, folder, context))
    .map((tree) => withExtended(tree, context))
    .reduce((base, over) => mergeTrees(base, over));
  return withIncluded(merged, including, context);
}

function readFile(file: string, folder: string, { project }: LoadContext): ComposeMap {
  const absolute = path.resolve(project, file);
  const name = path.relative(project, absolute);
  const text = readText(absolute, name, project);
  return longFormsOf(readComposeTree(text, name, folder));
}

function readText(absolute: string, name: string, project: string): string {
  let bytes: Buffer;
  try {
    requireInside(realpathSync(absolute), realpathSync(project), name);
    const { size } = statSync(absolute);
    if (size > LARGEST)
      throw new ConfigurationError(`${name}: has more than 10 MiB; a compose file is smaller`);
    bytes = readFileSync(absolute);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ConfigurationError(`${name}: cannot be read (${code}); name a compose file`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigurationError(`${name}: is not UTF-8; convert it`);
  }
}

function requireInside(file: string, project: string, name: string): void {
  const relative = path.relative(project, file);
  if (relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)) return;
  throw new ConfigurationError(`${name}: leaves the project; copy it into the project's folder`);
}

function longFormsOf(tree: ComposeMap): ComposeMap {
  const entries = new Map(tree.entries);
  const services = entries.get("services");
  if (services !== undefined) {
    const written = requireMap(services, "services");
    const inner = [...written.entries].map(([key, service]): [string, ComposeValue] => [
      key,
      longForms(requireMap(service, `services.${key}`)),
    ]);
    entries.set("services", { ...written, entries: new Map(inner) });
  }
  return { ...tree, entries };
}

/** @throws ConfigurationError for a value that is no mapping; an empty one counts as an empty mapping */
export function requireMap(value: ComposeValue, property: string): ComposeMap {
  if (value.kind === "map") return value;
  if (value.kind === "text" && value.text === undefined)
    return { kind: "map", entries: new Map(), origin: value.origin };
  throw new ConfigurationError(`${placeOf(value.origin)}: ${property}: must be a mapping; correct it`);
}

/** File and line as messages name them. */
export function placeOf({ file, line }: Pick<Origin, "file" | "line">): string {
  return `${file}:${line}`;
}

/** The services of a file, each merged over what it extends. */
export function servicesOf(tree: ComposeMap): ReadonlyMap<string, ComposeMap> {
  const services = tree.entries.get("services");
  return (services?.kind === "map" ? services.entries : new Map()) as ReadonlyMap<string, ComposeMap>;
}

function withExtended(tree: ComposeMap, context: LoadContext): ComposeMap {
  const services = tree.entries.get("services");
  if (services === undefined) return tree;
  const all = [...servicesOf(tree).keys()].map((key): [string, ComposeValue] => [
    key,
    extendedService(tree, key, [], context),
  ]);
  return {
    ...tree,
    entries: new Map([...tree.entries, ["services", { ...(services as ComposeMap), entries: new Map(all) }]]),
  };
}

function extendedService(
  tree: ComposeMap,
  key: string,
  extending: readonly string[],
  context: LoadContext,
): ComposeMap {
  const service = servicesOf(tree).get(key) as ComposeMap;
  const written = service.entries.get("extends");
  if (written === undefined) return service;
  const place = placeOf(written.origin);
  const identity = `${tree.origin.file} ${key}`;
  if (extending.includes(identity))
    throw new ConfigurationError(`${place}: services.${key}.extends: is a circle; extend another service`);
  const base = baseService(tree, key, written, [...extending, identity], context);
  const own = new Map(service.entries);
  own.delete("extends");
  return mergeTrees(base, { ...service, entries: own });
}

function baseService(
  tree: ComposeMap,
  key: string,
  written: ComposeValue,
  extending: readonly string[],
  context: LoadContext,
): ComposeMap {
  const place = placeOf(written.origin);
  const name = written.kind === "map" ? textAt(written, "service") : defaultText(written);
  const file = written.kind === "map" ? textAt(written, "file") : undefined;
  const source =
    file === undefined
      ? tree
      : readFile(path.resolve(written.origin.folder, file), folderOf(file, written.origin), context);
  if (name === undefined || !servicesOf(source).has(name))
    throw new ConfigurationError(
      `${place}: services.${key}.extends: there is no service ${name ?? ""}; name one of ` +
        `${[...servicesOf(source).keys()].join(", ")}`,
    );
  return extendedService(source, name, extending, context);
}

function folderOf(file: string, { folder }: Origin): string {
  return path.dirname(path.resolve(folder, file));
}

/** The text of a value with the defaults of its variables. */
export function defaultText(value: ComposeValue | undefined): string | undefined {
  if (value?.kind !== "text" || value.text === undefined) return undefined;
  return withoutEnvironment(partsOf(value));
}

/** @throws ConfigurationError for an interpolation that Compose rejects too */
export function partsOf(value: ComposeText) {
  try {
    return textPartsOf(value.text ?? "");
  } catch (error) {
    if (!(error instanceof InterpolationError)) throw error;
    throw new ConfigurationError(`${placeOf(value.origin)}: ${error.message}`);
  }
}

/** The text of an entry with the defaults of its variables. */
export function textAt(map: ComposeMap, key: string): string | undefined {
  return defaultText(map.entries.get(key));
}

/** The items of a list, or the one that stands for a list. */
export function itemsOf(value: ComposeValue | undefined): readonly ComposeValue[] {
  if (value === undefined || (value.kind === "text" && value.text === undefined)) return [];
  return value.kind === "list" ? value.items : [value];
}

function withIncluded(tree: ComposeMap, including: readonly string[], context: LoadContext): ComposeMap {
  const included = itemsOf(tree.entries.get("include")).flatMap((item) => {
    const paths = itemsOf(item.kind === "map" ? item.entries.get("path") : item).flatMap(
      (one) => defaultText(one) ?? [],
    );
    const remote = paths.find((one) => /^(?:oci|https?|git|ssh):\/\/|^git@|\.git(?:#|$)/.test(one));
    if (remote !== undefined) {
      context.takeNote(
        item.origin,
        "include",
        `${remote} is not fetched; copy the file and include the copy`,
      );
      return [];
    }
    const [first = ""] = paths;
    const files = paths.map((one) => path.resolve(item.origin.folder, one));
    const known = files.find((file) => including.includes(file));
    if (known !== undefined || first === "")
      throw new ConfigurationError(`${placeOf(item.origin)}: include: is a circle; include another file`);
    const declared = item.kind === "map" ? textAt(item, "project_directory") : undefined;
    const folder =
      declared === undefined ? folderOf(first, item.origin) : path.resolve(item.origin.folder, declared);
    return [loadFiles(files, folder, [...including, ...files], context)];
  });
  const own = new Map(tree.entries);
  own.delete("include");
  return [...included, { ...tree, entries: own }].reduce((base, over) => mergeTrees(base, over));
}
