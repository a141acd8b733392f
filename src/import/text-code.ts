import { refSlug } from "../model/names.ts";
import { secretVariable } from "../model/secret-variable.ts";
import { stringCode } from "./code.ts";
import { type ComposeVariable, type TextPart, withoutEnvironment } from "./compose-text.ts";
import type { ComposeText } from "./compose-tree.ts";
import { partsOf } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";

/** Names of variables whose values are usually secret. */
const SECRET_NAME = /PASS(?:WORD|WD|PHRASE)?(?:_|$)|SECRET|TOKEN|CREDENTIAL|PRIVATE|(?:^|_)KEY(?:_|$)/i;

/** Whether a variable usually holds a secret, by its name. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** `secret("name")` for a variable, with a note that says where the value comes from. */
export function secretCode(
  { origin }: ComposeText,
  path: string,
  variable: string,
  draft: ModuleDraft,
): string {
  const name = refSlug(variable).slice(0, 40);
  draft.imports.nestbox.add("secret");
  draft.takeNote(origin, path, `is secret("${name}"); set ${secretVariable(name)} where the sandbox runs`);
  return `secret("${name}")`;
}

/**
 * The expression for a text. Variables are read when the declarations are loaded; no value of theirs is
 * written.
 * @param holdsSecrets whether the property can hold a secret
 */
export function textCode(value: ComposeText, path: string, draft: ModuleDraft, holdsSecrets = false): string {
  const parts = partsOf(value);
  const codes = parts.map((part) => {
    if (typeof part === "string") return part;
    return { code: variableCode(part, value, path, draft, holdsSecrets) };
  });
  const [only] = codes;
  if (codes.length === 0) return '""';
  if (codes.length === 1)
    return typeof only === "string" ? stringCode(only) : withoutParentheses(only?.code ?? '""');
  const literals = codes.map((one) => (typeof one === "string" ? one : literalOf(one.code)));
  // A variable that became its default needs no template.
  if (literals.every((one) => one !== undefined)) return stringCode(literals.join(""));
  const isSecret = codes.some((one) => typeof one !== "string" && one.code.startsWith("secret("));
  if (isSecret) draft.imports.nestbox.add("text");
  const written = codes.map((one, index) => {
    const literal = literals[index];
    if (literal !== undefined) return literal.replace(/[\\`]|\$\{/g, "\\$&");
    return typeof one === "string" ? one : `\${${withoutParentheses(one.code)}}`;
  });
  return `${isSecret ? "text" : ""}\`${written.join("")}\``;
}

function withoutParentheses(code: string): string {
  return code.replace(/^\((.*)\)$/, "$1");
}

/** The value of a string literal that {@link stringCode} wrote. */
function literalOf(code: string): string | undefined {
  if (code.startsWith('"')) return JSON.parse(code) as string;
  return code.startsWith("'") ? code.slice(1, -1) : undefined;
}

function variableCode(
  { name, operator, operand }: ComposeVariable,
  value: ComposeText,
  path: string,
  draft: ModuleDraft,
  holdsSecrets: boolean,
): string {
  const hasDefault = operator === ":-" || operator === "-";
  if (isSecretName(name) && hasDefault) {
    draft.takeNote(value.origin, path, `has the default of ${name}; use secret() for a real password`);
    return stringCode(withoutEnvironment(operand));
  }
  if (isSecretName(name) && holdsSecrets) return secretCode(value, path, name, draft);
  draft.functions.add("env");
  const other = (parts: readonly TextPart[]) =>
    textCode({ ...value, text: parts.map(composeText).join("") }, path, draft, false);
  if (operator === ":-")
    return operand.length === 0 ? `(env.${name} ?? "")` : `(env.${name} || ${other(operand)})`;
  if (operator === "-") return `(env.${name} ?? ${other(operand)})`;
  if (operator === ":+") return `(env.${name} ? ${other(operand)} : "")`;
  if (operator === "+") return `(env.${name} === undefined ? "" : ${other(operand)})`;
  if (operator === undefined) return `(env.${name} ?? "")`;
  draft.functions.add("required");
  return `required("${name}")`;
}

/** The part as a compose file has it. */
function composeText(part: TextPart): string {
  if (typeof part === "string") return part.replaceAll("$", "$$$$");
  const { name, operator = "", operand } = part;
  return `\${${name}${operator}${operand.map(composeText).join("")}}`;
}
