import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { type CodeStyle, DEFAULT_STYLE } from "./code-style.ts";
import { editorconfigOf } from "./editorconfig.ts";

type Settings = Readonly<Record<string, unknown>>;

/**
 * The style that the formatter of a repository gives a file: Biome's, else Prettier's, else that of
 * .editorconfig. A configuration that is a program, cannot be read or extends another counts as the defaults
 * of its formatter.
 * @param folder the project's folder
 * @param file the file, from that folder
 */
export function readCodeStyle(folder: string, file: string): CodeStyle {
  const folders = repositoryFolders(path.resolve(folder));
  const biome = nearest(folders, biomeSettings);
  if (biome !== undefined) return biomeStyle(biome);
  const prettier = nearest(folders, prettierSettings);
  const editor = editorStyle(editorconfigOf(folders, path.resolve(folder, file)));
  return prettier === undefined ? editor : prettierStyle(prettier, editor);
}

/** A folder and those above it, up to the root of its repository. */
function repositoryFolders(folder: string): readonly string[] {
  const above = path.dirname(folder);
  const isRoot = above === folder || existsSync(path.join(folder, ".git"));
  return isRoot ? [folder] : [folder, ...repositoryFolders(above)];
}

function nearest(
  folders: readonly string[],
  read: (folder: string) => Settings | undefined,
): Settings | undefined {
  for (const folder of folders) {
    const found = read(folder);
    if (found !== undefined) return found;
  }
  return undefined;
}

function biomeSettings(folder: string): Settings | undefined {
  return firstFile(folder, { "biome.json": parseJsonc, "biome.jsonc": parseJsonc });
}

/** The files that Prettier looks for: https://prettier.io/docs/configuration */
function prettierSettings(folder: string): Settings | undefined {
  const { prettier } = firstFile(folder, { "package.json": parseJsonc }) ?? {};
  if (prettier !== undefined) return Object(prettier) as Settings;
  const ofProgram = () => ({});
  const programs = ["js", "cjs", "mjs", "ts", "cts", "mts"].flatMap((extension) => [
    [`.prettierrc.${extension}`, ofProgram] as const,
    [`prettier.config.${extension}`, ofProgram] as const,
  ]);
  return firstFile(folder, {
    ".prettierrc": parseYaml,
    ".prettierrc.json": parseJsonc,
    ".prettierrc.json5": parseJsonc,
    ".prettierrc.yaml": parseYaml,
    ".prettierrc.yml": parseYaml,
    ".prettierrc.toml": parseToml,
    ...Object.fromEntries(programs),
  });
}

/** The content of the first of these files that is there. Empty if it cannot be read. */
function firstFile(
  folder: string,
  readers: Readonly<Record<string, (text: string) => unknown>>,
): Settings | undefined {
  for (const [name, parse] of Object.entries(readers)) {
    const file = path.join(folder, name);
    if (!existsSync(file)) continue;
    try {
      return Object(parse(readFileSync(file, "utf8"))) as Settings;
    } catch {
      return {};
    }
  }
  return undefined;
}

/** JSON with comments and trailing commas. */
function parseJsonc(text: string): unknown {
  const plain = text
    .replace(/^\uFEFF/, "")
    .replace(/("(?:\\.|[^"\\])*")|\/\/.*|\/\*[\s\S]*?\*\//g, "$1")
    .replace(/("(?:\\.|[^"\\])*")|,(?=\s*[\]}])/g, "$1");
  return JSON.parse(plain);
}

/** https://biomejs.dev/reference/configuration/ */
function biomeStyle(settings: Settings): CodeStyle {
  const ofJavaScript = Object(Object(settings.javascript).formatter) as Settings;
  const all = { ...(Object(settings.formatter) as Settings), ...ofJavaScript };
  return {
    indentation: all.indentStyle === "space" ? spaces(all.indentWidth) : "\t",
    quote: all.quoteStyle === "single" ? "'" : '"',
    semicolons: all.semicolons !== "asNeeded",
    trailingCommas: all.trailingCommas !== "none",
  };
}

/** https://prettier.io/docs/options. Prettier reads the indentation in .editorconfig, too. */
function prettierStyle(settings: Settings, editor: CodeStyle): CodeStyle {
  const { useTabs, tabWidth, singleQuote, semi, trailingComma } = settings;
  const width = tabWidth === undefined && editor.indentation !== "\t" ? editor.indentation : spaces(tabWidth);
  return {
    indentation: (useTabs ?? (editor.indentation === "\t" && tabWidth === undefined)) ? "\t" : width,
    quote: singleQuote === true ? "'" : '"',
    semicolons: semi !== false,
    trailingCommas: trailingComma !== "none",
  };
}

function editorStyle(properties: ReadonlyMap<string, string>): CodeStyle {
  const style = properties.get("indent_style");
  const width = Number(properties.get("indent_size") ?? properties.get("tab_width"));
  const quote = properties.get("quote_type") === "single" ? "'" : '"';
  return {
    ...DEFAULT_STYLE,
    indentation: style === "tab" || properties.get("indent_size") === "tab" ? "\t" : spaces(width),
    quote,
  };
}

/** The spaces of an indentation. Two unless it is a sensible number. */
function spaces(width: unknown): string {
  const isSensible = typeof width === "number" && Number.isInteger(width) && width > 0 && width <= 16;
  return " ".repeat(isSensible ? width : 2);
}
