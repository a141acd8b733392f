import path from "node:path";
import { type Code, objectCode, stringCode } from "./code.ts";
import type { ComposeMap, ComposeText, ComposeValue } from "./compose-tree.ts";
import { defaultText, itemsOf, textAt } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";
import type { ServiceSource } from "./service-source.ts";
import { isSecretName, secretCode, textCode } from "./text-code.ts";

/** Properties of a build that an import carries over, or that change nothing in a sandbox. */
const CARRIED: ReadonlySet<string> = new Set([
  ...["context", "dockerfile", "target", "args", "secrets", "platforms", "cache_from"],
  ...["cache_to", "labels", "no_cache", "provenance", "pull", "sbom", "tags"],
]);

/**
 * The call of `build()` for the build of a service. Undefined, with a note, for one whose files are not in
 * the project.
 */
export function buildCode(source: ServiceSource, draft: ModuleDraft): Code | undefined {
  const { service, name } = source;
  const written = service.entries.get("build");
  if (written === undefined) return undefined;
  const property = `services.${name}.build`;
  const build = written.kind === "map" ? written : undefined;
  const context = contextOf(written, property, draft);
  if (context === undefined) return undefined;
  if (build?.entries.has("dockerfile_inline")) {
    draft.takeNote(written.origin, property, "has its Dockerfile inline; write it into a file, for build()");
    return undefined;
  }
  for (const key of [...(build?.entries.keys() ?? [])].filter((one) => !CARRIED.has(one)))
    draft.takeNote(written.origin, `${property}.${key}`, "left out; build() has no equivalent");
  draft.imports.nestbox.add("build");
  const others = build === undefined ? {} : othersOf(build, source, property, draft);
  const all = objectCode({ context: stringCode(context), ...others });
  const isFolder = Object.values(others).every((one) => one === undefined);
  return { call: "build", args: [isFolder ? stringCode(context) : all] };
}

/** The context, from the project's folder. */
function contextOf(written: ComposeValue, property: string, draft: ModuleDraft): string | undefined {
  const text = (written.kind === "map" ? textAt(written, "context") : defaultText(written)) ?? ".";
  const note = (message: string) => draft.takeNote(written.origin, property, message);
  if (/^(?:[a-z+]+:\/\/|git@|github\.com\/)/.test(text)) {
    note(`${text} is not fetched; clone it into the project, for build()`);
    return undefined;
  }
  const relative = path.relative(draft.project, path.resolve(written.origin.folder, text));
  if (relative.split(path.sep)[0] !== "..") return relative === "" ? "." : relative;
  note(`${text} is outside the project, and build() takes a folder inside it; move it there`);
  return undefined;
}

function othersOf(build: ComposeMap, source: ServiceSource, property: string, draft: ModuleDraft) {
  const textOf = (key: string) => {
    const value = build.entries.get(key);
    return value?.kind === "text" && value.text !== undefined
      ? textCode(value, `${property}.${key}`, draft)
      : undefined;
  };
  const [platform, ...otherPlatforms] = textsIn(build, "platforms");
  if (otherPlatforms.length > 0)
    draft.takeNote(build.origin, `${property}.platforms`, "only the first is kept; set it as needed");
  const sources = textsIn(build, "cache_from");
  const cacheFrom = sources.filter((one) => !/^type=|,/.test(one));
  if (cacheFrom.length < sources.length)
    draft.takeNote(build.origin, `${property}.cache_from`, "only images are kept; other caches are not read");
  return {
    dockerfile: textOf("dockerfile"),
    target: textOf("target"),
    args: argsCode(build.entries.get("args"), `${property}.args`, draft),
    secrets: secretsCode(build, source, property, draft),
    platform: platform === undefined ? undefined : stringCode(platform),
    cacheFrom: cacheFrom.length === 0 ? undefined : { list: cacheFrom.map(stringCode) },
  };
}

function textsIn(build: ComposeMap, key: string): readonly string[] {
  return itemsOf(build.entries.get(key)).flatMap((item) => defaultText(item) ?? []);
}

/** An argument without a value is that of the environment. */
function argsCode(written: ComposeValue | undefined, property: string, draft: ModuleDraft): Code | undefined {
  const pairs: readonly (readonly [string, ComposeText])[] =
    written?.kind === "map"
      ? [...written.entries].flatMap(([name, value]) =>
          value.kind === "text" ? [[name, value] as const] : [],
        )
      : itemsOf(written).flatMap((item) => {
          if (item.kind !== "text" || item.text === undefined) return [];
          const [, name = item.text, text] = /^([^=]*)=(.*)$/s.exec(item.text) ?? [];
          return [[name, { ...item, text }] as const];
        });
  if (pairs.length === 0) return undefined;
  const entries = pairs.map(([name, value]): readonly [string, Code] => {
    if (isSecretName(name))
      draft.takeNote(
        value.origin,
        `${property}.${name}`,
        "every user of the image can read it; use secrets of build() for a secret",
      );
    const text = value.text ?? `\${${name}}`;
    return [name, textCode({ ...value, text }, `${property}.${name}`, draft)];
  });
  return { object: entries };
}

function secretsCode(
  build: ComposeMap,
  { compose }: ServiceSource,
  property: string,
  draft: ModuleDraft,
): Code | undefined {
  const declared = compose.entries.get("secrets");
  const entries = itemsOf(build.entries.get("secrets")).flatMap((item): (readonly [string, Code])[] => {
    const source = (item.kind === "map" ? textAt(item, "source") : defaultText(item)) ?? "";
    const id = (item.kind === "map" ? textAt(item, "target") : undefined) ?? source;
    const origin = declared?.kind === "map" ? declared.entries.get(source)?.origin : undefined;
    const text: ComposeText = { kind: "text", text: "", origin: origin ?? item.origin };
    return [[id, secretCode(text, `${property}.secrets`, source, draft)]];
  });
  return entries.length === 0 ? undefined : { object: entries };
}
