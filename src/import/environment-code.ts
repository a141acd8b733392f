import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import type { CatalogChoice } from "./catalog-choice.ts";
import { type Code, stringCode } from "./code.ts";
import type { ComposeText, ComposeValue } from "./compose-tree.ts";
import { defaultText, itemsOf, textAt } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";
import type { ServiceSource } from "./service-source.ts";
import { isSecretName, secretCode, textCode } from "./text-code.ts";

export function environmentCode(
  { service, name }: ServiceSource,
  choice: CatalogChoice | undefined,
  draft: ModuleDraft,
): Code | undefined {
  const property = `services.${name}.environment`;
  const written = service.entries.get("environment");
  const own = written?.kind === "map" ? [...written.entries] : [];
  const fromFiles = itemsOf(service.entries.get("env_file")).flatMap((item) =>
    envFileEntries(item, name, draft),
  );
  const isOption = (key: string) => choice?.variables.includes(key) === true;
  const entries: (readonly [string, Code])[] = [
    ...fromFiles.filter(([key]) => !own.some(([other]) => other === key) && !isOption(key)),
    ...own.flatMap(([key, value]): (readonly [string, Code])[] => {
      if (isOption(key) || value.kind !== "text") return [];
      return [[key, variableCode(key, value, `${property}.${key}`, draft)]];
    }),
  ];
  return entries.length === 0 ? undefined : { object: entries };
}

/** A variable of a container. Without a value it has that of the environment. */
function variableCode(name: string, value: ComposeText, property: string, draft: ModuleDraft): string {
  const passedOn: ComposeText = { ...value, text: `\${${name}}` };
  return textCode(value.text === undefined ? passedOn : value, property, draft, true);
}

/** The variables of a file: read when declarations are loaded, and those with a secret's name as secrets. */
function envFileEntries(
  item: ComposeValue,
  name: string,
  draft: ModuleDraft,
): readonly (readonly [string, Code])[] {
  const property = `services.${name}.env_file`;
  const file = item.kind === "map" ? textAt(item, "path") : defaultText(item);
  const isRequired = item.kind !== "map" || textAt(item, "required") !== "false";
  if (file === undefined) return [];
  const absolute = path.resolve(item.origin.folder, file);
  const relative = path.relative(draft.project, absolute).split(path.sep).join("/");
  if (relative.startsWith("..") || path.isAbsolute(relative)) {
    draft.takeNote(item.origin, property, `${file} is left out; it is outside the project`);
    return [];
  }
  draft.functions.add("variablesOf");
  draft.takeNote(
    item.origin,
    property,
    `${relative} is read when the declarations are loaded; emit writes its values`,
  );
  const spread: readonly [string, Code] = [`...variablesOf(${stringCode(relative)})`, ""];
  if (!existsSync(absolute)) {
    if (isRequired)
      draft.takeNote(item.origin, property, `${relative} is missing; its secrets are not recognised`);
    return [spread];
  }
  const secrets = Object.keys(parseEnv(readFileSync(absolute, "utf8"))).filter(isSecretName);
  const text: ComposeText = { kind: "text", text: "", origin: item.origin };
  return [
    spread,
    ...secrets.map((key) => [key, secretCode(text, `${property}: ${key}`, key, draft)] as const),
  ];
}
