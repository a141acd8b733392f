/** A variable of the environment in a compose file's text: `${TAG:-latest}`. */
export interface ComposeVariable {
  readonly name: string;
  /** The operator behind the name, or undefined without one. */
  readonly operator?: ":-" | "-" | ":?" | "?" | ":+" | "+";
  /** What follows the operator: a default, a message or a replacement. */
  readonly operand: readonly TextPart[];
}

/** A text in a compose file is a sequence of literal text and variables. */
export type TextPart = string | ComposeVariable;

/** What is wrong with an interpolation. */
export class InterpolationError extends Error {
  override readonly name = "InterpolationError";
}

/** A dollar sign before anything else stands for itself. */
const VARIABLE = /^\$(?:\{|[A-Za-z_])/;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;
const OPERATOR = /^(?::[-?+]|[-?+])/;

/**
 * The literal text and the variables of a text.
 * Source: https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md
 * @throws InterpolationError for a format that Compose rejects too
 */
export function textPartsOf(text: string): readonly TextPart[] {
  const { parts, rest } = readParts(text, false);
  if (rest !== "") throw new InterpolationError(`has the unmatched text "${rest}"`);
  return parts;
}

/** Reads to the end of the text, or inside braces to the brace that closes them. */
function readParts(
  text: string,
  inBraces: boolean,
): { readonly parts: readonly TextPart[]; readonly rest: string } {
  const parts: TextPart[] = [];
  let literal = "";
  let rest = text;
  const finishLiteral = () => {
    if (literal !== "") parts.push(literal);
    literal = "";
  };
  while (rest !== "" && !(inBraces && rest.startsWith("}"))) {
    if (rest.startsWith("$$")) {
      literal += "$";
      rest = rest.slice(2);
    } else if (VARIABLE.test(rest)) {
      finishLiteral();
      const read = rest.startsWith("${") ? readBraces(rest.slice(2), text) : readName(rest.slice(1), text);
      parts.push(read.variable);
      rest = read.rest;
    } else {
      literal += rest[0];
      rest = rest.slice(1);
    }
  }
  finishLiteral();
  return { parts, rest };
}

interface ReadVariable {
  readonly variable: ComposeVariable;
  readonly rest: string;
}

function readName(text: string, whole: string): ReadVariable {
  const [name] = NAME.exec(text) ?? [];
  if (name === undefined)
    throw new InterpolationError(`has "\${" without a variable in "${whole}"; write $$ for a dollar sign`);
  return { variable: { name, operand: [] }, rest: text.slice(name.length) };
}

function readBraces(text: string, whole: string): ReadVariable {
  const { variable, rest: behind } = readName(text, whole);
  const [operator] = (OPERATOR.exec(behind) ?? []) as [ComposeVariable["operator"]?];
  const { parts, rest } = readParts(behind.slice(operator?.length ?? 0), true);
  if (!rest.startsWith("}") || (operator === undefined && parts.length > 0))
    throw new InterpolationError(`has a variable that does not end as \${${variable.name}} in "${whole}"`);
  return {
    variable: operator === undefined ? variable : { ...variable, operator, operand: parts },
    rest: rest.slice(1),
  };
}

/** The text where no variable of the environment is set. */
export function withoutEnvironment(parts: readonly TextPart[]): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      return part.operator === ":-" || part.operator === "-" ? withoutEnvironment(part.operand) : "";
    })
    .join("");
}
