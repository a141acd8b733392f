import { colors } from "../../terminal/colors.ts";
import { table } from "./table.ts";

/** Commands and their meaning, the next one first. */
export function describeNext(commands: readonly (readonly [string, string])[]): string {
  const rows = commands.map(([command, meaning]) => [colors.bold(command), colors.dim(meaning)]);
  return `Next\n${table(rows, "  ")}`;
}
