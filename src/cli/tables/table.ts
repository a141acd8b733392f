import { stripVTControlCharacters } from "node:util";

/** Rows as aligned columns, two spaces apart. Escape sequences of colours do not count as width. */
export function table(rows: readonly (readonly string[])[], indent = ""): string {
  const widths = rows.reduce<readonly number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, visibleLength(cell))),
    [],
  );
  const lines = rows.map((row) => row.map((cell, column) => padded(cell, widths[column] ?? 0)).join("  "));
  return lines.map((line) => indent + line.trimEnd()).join("\n");
}

function padded(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - visibleLength(cell)));
}

function visibleLength(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
