/**
 * An expression of TypeScript: a finished one as text, or an object, a list, or a call, which are printed on
 * one line where they fit.
 */
export type Code =
  | string
  | { readonly object: readonly (readonly [key: string, value: Code])[] }
  | { readonly list: readonly Code[] }
  | { readonly call: string; readonly args: readonly Code[] };

/** The longest line, as Prettier has it. */
const WIDTH = 80;

/** A string literal. Prettier prefers the quotes that need fewer escapes. */
export function stringCode(text: string): string {
  const double = JSON.stringify(text);
  if (!text.includes('"') || text.includes("'")) return double;
  return `'${double.slice(1, -1).replaceAll('\\"', '"')}'`;
}

/** An object without the entries that are undefined. */
export function objectCode(entries: Readonly<Record<string, Code | undefined>>): Code {
  return {
    object: Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  };
}

/** A list of string literals, or undefined for an empty one. */
export function stringsCode(texts: readonly string[]): Code | undefined {
  return texts.length === 0 ? undefined : { list: texts.map(stringCode) };
}

/**
 * The expression as Prettier writes it.
 * @param depth how far its line is indented
 * @param before the width of what precedes it on its line, and of what follows
 */
export function printCode(code: Code, depth: number, before = 0): string {
  const line = onOneLine(code);
  const isBlock =
    typeof code === "object" && "object" in code && code.object.length > 1 && hasInner(code.object);
  if (!isBlock && !line.includes("\n") && depth * 2 + before + line.length <= WIDTH) return line;
  if (typeof code === "string") return code;
  if ("object" in code)
    return block(
      "{",
      code.object.map(([key, value]) => entry(key, value, depth + 1)),
      "}",
      depth,
    );
  if ("list" in code)
    return block(
      "[",
      code.list.map((item) => printCode(item, depth + 1, 1)),
      "]",
      depth,
    );
  const [only] = code.args;
  // A last object hugs its parentheses.
  const last = code.args.at(-1);
  if (only === undefined || last === undefined) return line;
  const first = code.args.slice(0, -1).map(onOneLine);
  const isHugged = typeof last === "object" && "object" in last;
  if (isHugged) return `${code.call}(${[...first, printCode(last, depth, WIDTH)].join(", ")})`;
  return block(
    `${code.call}(`,
    code.args.map((argument) => printCode(argument, depth + 1, 1)),
    ")",
    depth,
  );
}

function hasInner(entries: readonly (readonly [string, Code])[]): boolean {
  return entries.some(
    ([, value]) => typeof value === "object" && "object" in value && value.object.length > 0,
  );
}

function block(open: string, items: readonly string[], close: string, depth: number): string {
  const indentation = "  ".repeat(depth + 1);
  return `${open}\n${items.map((item) => `${indentation}${item},\n`).join("")}${"  ".repeat(depth)}${close}`;
}

function entry(key: string, value: Code, depth: number): string {
  if (key.startsWith("...")) return key;
  const name = keyCode(key);
  return `${name}: ${printCode(value, depth, name.length + 3)}`;
}

/** The key of an object, quoted where it is no identifier. */
function keyCode(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

function onOneLine(code: Code): string {
  if (typeof code === "string") return code;
  if ("list" in code) return `[${code.list.map(onOneLine).join(", ")}]`;
  if ("call" in code) return `${code.call}(${code.args.map(onOneLine).join(", ")})`;
  if (code.object.length === 0) return "{}";
  const entries = code.object.map(([key, value]) =>
    key.startsWith("...") ? key : `${keyCode(key)}: ${onOneLine(value)}`,
  );
  return `{ ${entries.join(", ")} }`;
}
