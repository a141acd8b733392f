import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { DEFAULT_STYLE } from "../../../src/cli/init/code-style.ts";
import { readCodeStyle } from "../../../src/cli/init/read-code-style.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "nestbox-style-"));
  mkdirSync(path.join(root, ".git"));
  mkdirSync(path.join(root, "api/sandboxes"), { recursive: true });
});

afterEach(() => rmSync(root, { recursive: true }));

/** The style of a module in the folder api, with these files in the repository. */
function styleWith(files: Readonly<Record<string, string>>, file = "sandboxes/index.mts") {
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(root, name), content);
  return readCodeStyle(path.join(root, "api"), file);
}

test("a repository without a formatter has the default style", () => {
  expect(styleWith({})).toEqual(DEFAULT_STYLE);
});

test.each<[string, Readonly<Record<string, string>>, object]>([
  ["tabs for all", { ".editorconfig": "root = true\n[*]\nindent_style = tab\n" }, { indentation: "\t" }],
  [
    "a list of extensions",
    { ".editorconfig": "[*.{js,ts,mts}]\r\nIndent_Size = 4 \r\n[*.yml]\r\nindent_size = 8\r\n" },
    { indentation: "    " },
  ],
  [
    "the later section",
    { ".editorconfig": "[*]\nindent_size=4\n# [*]\n[api/**.mts]\nindent_size=3\n[web/*]\nindent_size=8\n" },
    { indentation: "   " },
  ],
  [
    "the nearer file",
    { ".editorconfig": "[*]\nindent_size = 8\n", "api/.editorconfig": "[*]\nindent_size = 4\n" },
    { indentation: "    " },
  ],
  [
    "no file above the root",
    { ".editorconfig": "[*]\nindent_style = tab\n", "api/.editorconfig": "root = true\n" },
    {},
  ],
  ["no section of other names", { ".editorconfig": "[*.py]\nindent_size = 4\n[[x]\nindent_size = 3\n" }, {}],
])(".editorconfig: %s", (_, files, style) => {
  expect(styleWith(files)).toEqual({ ...DEFAULT_STYLE, ...style });
});

const ALL = { indentation: "\t", quote: "'", semicolons: false, trailingCommas: false };
const PRETTIER = { useTabs: true, singleQuote: true, semi: false, trailingComma: "none" };

test.each<[string, Readonly<Record<string, string>>, object]>([
  ["JSON", { ".prettierrc": JSON.stringify(PRETTIER) }, ALL],
  ["YAML", { ".prettierrc": "singleQuote: true\ntabWidth: 4\n" }, { quote: "'", indentation: "    " }],
  [
    "a nearer file",
    { ".prettierrc": "semi: false", "api/.prettierrc.toml": "tabWidth = 3" },
    { indentation: "   " },
  ],
  ["package.json", { "package.json": JSON.stringify({ prettier: PRETTIER }) }, ALL],
  [
    ".editorconfig, too",
    { ".prettierrc.json": '{ "semi": false, // why\n }', ".editorconfig": "[*]\nindent_style = tab\n" },
    { semicolons: false, indentation: "\t" },
  ],
  ["a program", { "prettier.config.mjs": "export default { semi: false };" }, {}],
  ["a broken file", { ".prettierrc.json": "{" }, {}],
])("Prettier: %s", (_, files, style) => {
  expect(styleWith(files)).toEqual({ ...DEFAULT_STYLE, ...style });
});

test.each<[string, string, object]>([
  ["its default is tabs", "{}", { indentation: "\t" }],
  [
    "settings for JavaScript override",
    `{ // comment
      "$schema": "https://biomejs.dev/schemas/2.0.0/schema.json",
      "formatter": { "indentStyle": "space", "indentWidth": 4 },
      "javascript": { "formatter": { "indentWidth": 3, "quoteStyle": "single", "semicolons": "asNeeded", }, },
    }`,
    { indentation: "   ", quote: "'", semicolons: false },
  ],
])("Biome: %s, and Prettier has no say", (_, settings, style) => {
  expect(styleWith({ "biome.jsonc": settings, ".prettierrc": "tabWidth: 8" })).toEqual({
    ...DEFAULT_STYLE,
    ...style,
  });
});
