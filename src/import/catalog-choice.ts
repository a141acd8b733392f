import { CATALOG, type CatalogEntry } from "../catalog/index.ts";
import { imageReference } from "../model/build-definition.ts";
import type { Code } from "./code.ts";
import type { ComposeMap, ComposeText, ComposeValue } from "./compose-tree.ts";
import { defaultText, itemsOf, textAt } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";
import { textCode } from "./text-code.ts";

/** A catalog service in place of an image. */
export interface CatalogChoice {
  readonly entry: CatalogEntry;
  /** The options of the catalog's function. */
  readonly options: Readonly<Record<string, Code>>;
  /** The variables of the compose file that the options stand for. */
  readonly variables: readonly string[];
  /** Whether the options stand for the command. */
  readonly replacesCommand: boolean;
}

/** The catalog's service for the image of a service, or undefined without one. */
export function catalogChoice(
  service: ComposeMap,
  path: string,
  draft: ModuleDraft,
): CatalogChoice | undefined {
  // The image is then only the name of what is built.
  if (service.entries.has("build")) return undefined;
  const entry = entryFor(textAt(service, "image") ?? "");
  if (entry === undefined) return undefined;
  const environment = service.entries.get("environment");
  const values = environment?.kind === "map" ? environment.entries : new Map<string, ComposeValue>();
  const known = Object.entries(entry.imageVariables ?? {}).filter(
    ([name]) => values.get(name)?.kind === "text",
  );
  const options = known.map(([name, option]): [string, Code] => {
    const value = values.get(name) as ComposeText;
    return [option, textCode(value, `${path}.environment.${name}`, draft, true)];
  });
  const command = service.entries.get("command");
  const words = commandWords(command);
  const password = /^(?:redis|valkey)-server --requirepass (\S+)$/.exec(words.join(" "))?.[1];
  // A password that only the command names would be unknown to the catalog's probe.
  if (password === undefined && words.join(" ").includes("requirepass")) return undefined;
  return {
    entry,
    options: {
      ...Object.fromEntries(options),
      ...(password !== undefined &&
        command !== undefined && { password: passwordCode(command, password, path, draft) }),
    },
    variables: known.map(([name]) => name),
    replacesCommand: password !== undefined,
  };
}

/** The entry with the same repository of Docker Hub. */
function entryFor(image: string): CatalogEntry | undefined {
  const [name = "", tag = ""] = image.replace(/^(?:docker\.io\/)?(?:library\/)?/, "").split(/[:@]/);
  return CATALOG.find(({ declare, isImported = true }) => {
    if (!isImported) return false;
    const { image: own, dockerDaemon } = declare();
    const [repository, ownTag = ""] = imageReference(own)?.split(":") ?? [];
    // Not every image of that repository is a daemon.
    return repository === name && (dockerDaemon === undefined || tag.includes(ownTag));
  });
}

function commandWords(command: ComposeValue | undefined): readonly string[] {
  return itemsOf(command).flatMap((word) => (word.kind === "text" ? [word.text ?? ""] : []));
}

function passwordCode(command: ComposeValue, word: string, path: string, draft: ModuleDraft): string {
  const text = word.replace(/^(["'])(.*)\1$/, "$2");
  return textCode({ kind: "text", text, origin: command.origin }, `${path}.command`, draft, true);
}

/** Whether the entry's own image is that of the compose file. */
export function isDefaultImage({ declare }: CatalogEntry, image: ComposeValue | undefined): boolean {
  return defaultText(image) === declare().image;
}
