import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { CATALOG } from "../../../src/catalog/index.ts";
import { type CodeStyle, DEFAULT_STYLE, styled } from "../../../src/cli/init/code-style.ts";
import { RUNNERS_FILE } from "../../../src/cli/init/runners-file.ts";
import { sandboxFile } from "../../../src/cli/init/sandbox-file.ts";
import { PROGRAM, stackFiles } from "../../../src/cli/init/stack-files.ts";

const BIOME = path.resolve(__dirname, "../../../node_modules/.bin/biome");

const MODULES = { sandboxes: "sandboxes/index.ts", runners: "sandboxes/runners.ts" };
const CODE = [
  sandboxFile({ name: "shop", services: CATALOG, perBranch: true }),
  RUNNERS_FILE,
  stackFiles("shop", { sandboxes: ["shop"], target: "docker" }, MODULES).find((file) => file.path === PROGRAM)
    ?.content ?? "",
];

test.each<[string, Partial<CodeStyle>, formatter: object, javascript: object]>([
  ["the default", {}, { indentStyle: "space" }, {}],
  ["tabs", { indentation: "\t" }, { indentStyle: "tab" }, {}],
  ["four spaces", { indentation: "    " }, { indentStyle: "space", indentWidth: 4 }, {}],
  ["single quotes", { quote: "'" }, { indentStyle: "space" }, { quoteStyle: "single" }],
  ["no semicolons", { semicolons: false }, { indentStyle: "space" }, { semicolons: "asNeeded" }],
  ["no trailing commas", { trailingCommas: false }, { indentStyle: "space" }, { trailingCommas: "none" }],
  [
    "all of these",
    { indentation: "\t", quote: "'", semicolons: false, trailingCommas: false },
    {},
    { quoteStyle: "single", semicolons: "asNeeded", trailingCommas: "none" },
  ],
])("a formatter of the same style changes nothing: %s", (_, style, formatter, javascript) => {
  const folder = mkdtempSync(path.join(tmpdir(), "nestbox-style-"));
  try {
    const settings = { root: true, formatter, javascript: { formatter: javascript } };
    writeFileSync(path.join(folder, "biome.json"), JSON.stringify(settings));
    for (const content of CODE) {
      const input = styled(content, { ...DEFAULT_STYLE, ...style });
      const words = ["format", "--write", "--stdin-file-path=index.ts"];
      expect(execFileSync(BIOME, words, { cwd: folder, input }).toString()).toBe(input);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
