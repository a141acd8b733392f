import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";

const REPOSITORY = path.join(__dirname, "..");

/** The text of each document, by path. */
const DOCUMENTS: ReadonlyMap<string, string> = new Map(
  [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "airgap/README.md",
    ...globSync("docs/*.md", { cwd: REPOSITORY }),
  ]
    .sort()
    .map((file) => [file, readFileSync(path.join(REPOSITORY, file), "utf8")]),
);

const { scripts: SCRIPTS } = JSON.parse(readFileSync(path.join(REPOSITORY, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

const FENCED = /^( *)```[^\n]*\n([\s\S]*?)^\1```$/gm;

/** The problems of all documents, each with the document's name. */
function problemsIn(check: (text: string, document: string) => readonly string[]): readonly string[] {
  return [...DOCUMENTS].flatMap(([document, text]) =>
    check(text, document).map((problem) => `${document}: ${problem}`),
  );
}

function brokenLinks(text: string, document: string): readonly string[] {
  const prose = text.replace(FENCED, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !isThere(target, document));
}

function isThere(target: string, document: string): boolean {
  const [file = "", heading] = target.split("#");
  const found = file === "" ? document : path.join(path.dirname(document), file);
  if (!existsSync(path.join(REPOSITORY, found))) return false;
  return heading === undefined || headingsOf(readFileSync(path.join(REPOSITORY, found), "utf8")).has(heading);
}

/** The anchors of headings in GitHub and GitLab, without numbers for duplicates. */
function headingsOf(text: string): ReadonlySet<string> {
  const headings = text.replace(FENCED, "").matchAll(/^#{1,6} (.+)$/gm);
  return new Set([...headings].map(([, title = ""]) => anchorOf(title)));
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replace(/ /g, "-");
}

/** The code of a document: lines of fenced or indented blocks, and inline code. */
function codeOf(text: string): readonly string[] {
  const fenced = [...text.matchAll(FENCED)].flatMap(([, , code = ""]) => code.split("\n"));
  const rest = text.replace(FENCED, "");
  const indented = rest.split("\n").filter((line) => /^ {4}/.test(line));
  return [...fenced, ...indented, ...[...rest.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code)];
}

/** The arguments of a command in code, up to a comment or another command. */
function callsOf(text: string, command: string): readonly (readonly string[])[] {
  const call = new RegExp(`(?:^|[\\s"'\`(])${command} ([^#;&|>)\`"]+)`, "g");
  return codeOf(text).flatMap((line) =>
    [...line.matchAll(call)].map(([, words = ""]) => words.trim().split(/\s+/)),
  );
}

/** Whether a word is a placeholder: `NAME`, `…`. */
function isPlaceholder(word: string): boolean {
  return /^[A-Z…<]/.test(word);
}

const helpTexts = new Map<string, string>();

/** The output of `nestbox … --help`, which is empty for a verb that passes its arguments on. */
function helpOf(...verbs: readonly string[]): string {
  const key = verbs.join(" ");
  const known = helpTexts.get(key);
  if (known !== undefined) return known;
  const command = path.join(REPOSITORY, "src/cli/main.mjs");
  const { stdout } = spawnSync(process.execPath, [command, ...verbs, "--help"], { encoding: "utf8" });
  helpTexts.set(key, stdout);
  return stdout;
}

/** The commands in a help text, without commander's own. */
function commandsIn(help: string): readonly string[] {
  const [, list = ""] = help.split(/^Commands:$/m);
  return [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "help");
}

/** Verbs without an entry in a help text. */
const HIDDEN = ["test", "bench"];

function problemOfNestbox(words: readonly string[]): string | undefined {
  const verbAt = words.findIndex(
    (word, at) => !word.startsWith("-") && !/^(?:-C|--project|-s|--stack)$/.test(words[at - 1] ?? ""),
  );
  const verb = words[verbAt];
  if (verb === undefined || isPlaceholder(verb)) return undefined;
  const verbs = commandsIn(helpOf());
  if (![...verbs, ...HIDDEN].includes(verb)) return `nestbox ${verb}`;
  if (verb === "pulumi" || HIDDEN.includes(verb)) return undefined;
  const rest = words.slice(verbAt + 1);
  const inner = commandsIn(helpOf(verb));
  const [next = ""] = rest;
  if (inner.length > 0 && next !== "" && !inner.includes(next)) return `nestbox ${verb} ${next}`;
  const ofInner = inner.includes(next) ? helpOf(verb, next) : "";
  const known = `${helpOf()}${helpOf(verb)}${ofInner}`;
  const unknown = words
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.split("=")[0] ?? word)
    .find((option) => !new RegExp(`(?<![\\w-])${option}(?![\\w-])`).test(known));
  return unknown === undefined ? undefined : `nestbox ${verb} ${unknown}`;
}

test("every relative link has an existing file and heading", () => {
  expect(problemsIn(brokenLinks)).toEqual([]);
});

test("every npm script in code exists", () => {
  const missing = problemsIn((text) =>
    [
      ...callsOf(text, "npm run").map(([name = ""]) => name),
      ...callsOf(text, "npm").map(([name = ""]) => name),
    ]
      .filter((name) => !isPlaceholder(name) && !["run", "install", "ci"].includes(name))
      .filter((name) => !(name in SCRIPTS))
      .map((name) => `npm run ${name}`),
  );
  expect(missing).toEqual([]);
});

test("every verb and option of nestbox in code exists", () => {
  const missing = problemsIn((text) =>
    callsOf(text, "nestbox").flatMap((words) => problemOfNestbox(words) ?? []),
  );
  expect(missing).toEqual([]);
});

test("every path of a test in code exists", () => {
  const missing = problemsIn((text) =>
    callsOf(text, "npm test --")
      .flat()
      .filter((word) => word.startsWith("test/") && !/[A-Z]/.test(word))
      .filter((word) => globSync(`${word}*`, { cwd: REPOSITORY }).length === 0),
  );
  expect(missing).toEqual([]);
});

test("every verb that nestbox --help lists is in the documents", () => {
  const called = [...DOCUMENTS.values()].flatMap((text) => callsOf(text, "nestbox").flat());
  expect(commandsIn(helpOf()).filter((verb) => !called.includes(verb))).toEqual([]);
});

test("every setting that Pulumi.yaml describes is in docs/reference-settings.md", () => {
  const { config } = parse(readFileSync(path.join(REPOSITORY, "Pulumi.yaml"), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  const reference = DOCUMENTS.get("docs/reference-settings.md") ?? "";
  expect(Object.keys(config).filter((name) => !reference.includes(`| \`nestbox:${name}\` |`))).toEqual([]);
});
