import { quoted } from "../../model/shell.ts";

/** An output format of `nestbox env`. */
export type VariableFormat = "dotenv" | "json" | "shell";

/** Variables as text in a format. Ends with a line break. */
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
 * A value of a dotenv file: plain if every reader agrees, otherwise in single quotes, which keep every
 * character, otherwise in double quotes with the escapes of compose.
 */
function dotenvValue(value: string): string {
  if (/^[\w.:/@%+,=-]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value
    .replace(/[\\"$]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")}"`;
}
