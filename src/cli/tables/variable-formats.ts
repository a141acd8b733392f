import { quoted } from "../../model/shell.ts";

/** How variables are written for other programs. */
export type VariableFormat = "dotenv" | "json" | "shell";

/** Variables as text that ends with a line break. */
export function formatVariables(variables: Readonly<Record<string, string>>, format: VariableFormat): string {
  if (format === "json") return `${JSON.stringify(variables, null, 2)}\n`;
  const line =
    format === "shell"
      ? (name: string, value: string) => `export ${name}=${quoted(value)}\n`
      : (name: string, value: string) => `${name}=${dotenvValue(value)}\n`;
  return Object.entries(variables)
    .map(([name, value]) => line(name, value))
    .join("");
}

/**
 * Plain where every reader agrees, else in single quotes, in which nothing has a meaning, else in double
 * quotes with escapes, as compose reads them.
 */
function dotenvValue(value: string): string {
  if (/^[\w.:/@%+,=-]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value
    .replace(/[\\"$]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")}"`;
}
