import { Document, isScalar, type ScalarTag, visit } from "yaml";

/**
 * A reference to a value elsewhere in the file, GitLab's `!reference`:
 * https://docs.gitlab.com/ci/yaml/yaml_optimization/#reference-tags
 */
export class YamlReference {
  readonly path: readonly string[];

  constructor(...path: readonly string[]) {
    this.path = path;
  }
}

/** A value in a YAML file. Undefined entries of a mapping are left out. */
export type YamlValue =
  | string
  | number
  | boolean
  | YamlReference
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/** The list or mapping; undefined if it is empty. */
export function filled<Value extends object>(value: Value): Value | undefined {
  return Object.keys(value).length > 0 ? value : undefined;
}

/**
 * Writes YAML that parsers of version 1.1 (Ruby's Psych, PyYAML) and 1.2 (Go, JavaScript) read alike. Only
 * strings without another meaning in either version have no quotes. Unprintable characters are escaped.
 */
export function toYaml(value: YamlValue): string {
  const document = new Document(value, {
    aliasDuplicateObjects: false,
    customTags: (tags) => [
      portableString,
      reference,
      ...tags.filter((tag) => typeof tag === "string" || tag.tag !== portableString.tag),
    ],
  });
  visit(document, {
    Seq(_, list) {
      list.flow = isShort(list.items.map((item) => (isScalar(item) ? item.value : item)));
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function isShort(list: readonly unknown[]): boolean {
  const words = list.every(
    (item) => typeof item === "number" || (typeof item === "string" && !/\s/.test(item) && item.length <= 40),
  );
  return words && list.join(", ").length <= 80;
}

const portableString: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  identify: (value) => typeof value === "string",
  resolve: (text) => text,
  stringify(item, context) {
    const text = String(item.value);
    const position = { inFlow: context.inFlow === true, isKey: context.implicitKey === true };
    if (isPlain(text, position)) return text;
    if (position.isKey || position.inFlow || !isBlock(text)) return quoted(text);
    return block(text, context.indent === "" ? "  " : context.indent);
  },
};

const reference: ScalarTag = {
  tag: "!reference",
  identify: (value) => value instanceof YamlReference,
  resolve: (text) => text,
  stringify({ value }) {
    const keys = (value as YamlReference).path.map((key) =>
      isPlain(key, { inFlow: true, isKey: false }) ? key : quoted(key),
    );
    return `[${keys.join(", ")}]`;
  },
};

/** Words that are a boolean, null or number in YAML 1.1 or 1.2. */
const RESERVED_WORDS = /^\.?(y|n|yes|no|on|off|true|false|null|nan|inf|e\d+)$/i;

/** A word that starts like no number, date or indicator of YAML and contains no end of a plain scalar. */
const WORD = /^(?:[A-Za-z/]|\.[A-Za-z/])[A-Za-z0-9_./@+-]*(?:[:=][A-Za-z0-9_./@+-]+)*$/;

/** Printable text that starts with a letter and contains neither a comment nor a key. */
const LINE = /^[A-Za-z](?:(?!: | #)[ -~])*[!-9;-~]$/;

function isPlain(text: string, position: { readonly inFlow: boolean; readonly isKey: boolean }): boolean {
  if (text.length > 200 || RESERVED_WORDS.test(text)) return false;
  // In brackets, old parsers end a plain scalar at a colon.
  if (position.inFlow || position.isKey) return WORD.test(text) && !(position.inFlow && text.includes(":"));
  return WORD.test(text) || LINE.test(text);
}

/** Whether a literal block can hold the text: printable lines without edges that editors would trim. */
function isBlock(text: string): boolean {
  return (
    text.includes("\n") &&
    /^[\x20-\x7e\n]*$/.test(text) &&
    !/^\s/.test(text) &&
    !/[ ]$/m.test(text) &&
    !/\n\n$/.test(text)
  );
}

function block(text: string, indent: string): string {
  const ends = text.endsWith("\n");
  const lines = (ends ? text.slice(0, -1) : text).split("\n");
  return `${ends ? "|" : "|-"}\n${lines.map((line) => (line === "" ? "" : indent + line)).join("\n")}`;
}

/**
 * The text in single quotes if double quotes would need backslashes, else in double quotes with JSON's
 * escapes and escapes for all characters that YAML does not call printable:
 * https://yaml.org/spec/1.2.2/#51-character-set
 */
function quoted(text: string): string {
  if (/^[ -~]*$/.test(text) && /["\\]/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
