import { Document, type Node, Pair, Scalar, type ScalarTag, YAMLMap, YAMLSeq } from "yaml";

/**
 * A value that another place of the same file holds, GitLab's own tag:
 * https://docs.gitlab.com/ci/yaml/yaml_optimization/#reference-tags
 */
export class YamlReference {
  readonly path: readonly string[];

  constructor(...path: readonly string[]) {
    this.path = path;
  }
}

/** What a file is made of. */
export type YamlValue =
  | string
  | number
  | boolean
  | YamlReference
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue };

/**
 * YAML that every parser reads alike, whether it follows version 1.1 (Ruby's Psych, PyYAML) or 1.2 (Go's,
 * JavaScript's): a text stands without quotes only if neither version could take it for anything else, and
 * what is not printable is escaped.
 */
export function toYaml(value: YamlValue): string {
  const document = new Document(undefined, {
    customTags: (tags) => [
      portableText,
      reference,
      ...tags.filter((tag) => typeof tag === "string" || tag.tag !== portableText.tag),
    ],
  });
  document.contents = nodeOf(value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function nodeOf(value: YamlValue): Node {
  if (value instanceof YamlReference) {
    const scalar = new Scalar(value);
    scalar.tag = REFERENCE_TAG;
    return scalar;
  }
  if (typeof value !== "object") return new Scalar(value);
  if (isList(value)) {
    const list = new YAMLSeq();
    list.items = value.map(nodeOf);
    list.flow = isShort(value);
    return list;
  }
  const map = new YAMLMap();
  map.items = Object.entries(value).map(([key, element]) => new Pair(new Scalar(key), nodeOf(element)));
  return map;
}

/** A short list of words reads best in one line. */
function isShort(list: readonly YamlValue[]): boolean {
  const words = list.every(
    (item) => typeof item === "number" || (typeof item === "string" && !/\s/.test(item) && item.length <= 40),
  );
  return words && list.join(", ").length <= 80;
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

const REFERENCE_TAG = "!reference";

const portableText: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  identify: (value) => typeof value === "string",
  resolve: (text) => text,
  stringify(item, context) {
    const text = String(item.value);
    const place = { inFlow: context.inFlow === true, isKey: context.implicitKey === true };
    if (isPlain(text, place)) return text;
    if (place.isKey || place.inFlow || !isBlock(text)) return quoted(text);
    return block(text, context.indent === "" ? "  " : context.indent);
  },
};

const reference: ScalarTag = {
  tag: REFERENCE_TAG,
  identify: (value) => value instanceof YamlReference,
  resolve: (text) => text,
  stringify: ({ value }) =>
    `[${(value as YamlReference).path.map((key) => (isPlain(key, { inFlow: true, isKey: false }) ? key : quoted(key))).join(", ")}]`,
};

/** What YAML 1.1 or 1.2 takes for a truth value, null or number although it looks like a word. */
const WORDS_WITH_MEANING = /^\.?(y|n|yes|no|on|off|true|false|null|nan|inf|e\d+)$/i;

/**
 * One word. It begins as no number, date or sign of YAML's does, and nothing in it ends a plain scalar
 * anywhere.
 */
const WORD = /^(?:[A-Za-z/]|\.[A-Za-z/])[A-Za-z0-9_./@+-]*(?:[:=][A-Za-z0-9_./@+-]+)*$/;

/** Printable text that begins with a letter and has neither a comment nor a key in it. */
const LINE = /^[A-Za-z](?:(?!: | #)[ -~])*[!-9;-~]$/;

function isPlain(text: string, place: { readonly inFlow: boolean; readonly isKey: boolean }): boolean {
  if (text.length > 200 || WORDS_WITH_MEANING.test(text)) return false;
  // Old parsers end a plain scalar at a colon when it stands in brackets.
  if (place.inFlow || place.isKey) return WORD.test(text) && !(place.inFlow && text.includes(":"));
  return WORD.test(text) || LINE.test(text);
}

/** A literal block holds lines of printable text; a tab or space at a line's edge would be easy to lose. */
function isBlock(text: string): boolean {
  return (
    text.includes("\n") &&
    /^[\x20-\x7e\n]*$/.test(text) &&
    !/^\s/.test(text) &&
    !/[ ]$/m.test(text) &&
    !/\n\n$/.test(text)
  );
}

/** The lines as they are, further in than what they belong to. */
function block(text: string, indent: string): string {
  const ends = text.endsWith("\n");
  const lines = (ends ? text.slice(0, -1) : text).split("\n");
  return `${ends ? "|" : "|-"}\n${lines.map((line) => (line === "" ? "" : indent + line)).join("\n")}`;
}

/**
 * Single quotes where double ones would need backslashes, else double quotes with JSON's escapes, and an
 * escape for whatever YAML does not call printable: https://yaml.org/spec/1.2.2/#51-character-set
 */
function quoted(text: string): string {
  if (/^[ -~]*$/.test(text) && /["\\]/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
