import { type Row, SUPPORT, type Support, TARGETS } from "./support.ts";

/** The table of every property of a declaration and what each target makes of it, in Markdown. */
export function targetTable(): string {
  const rows = Object.entries(SUPPORT).flatMap(([group, properties]) =>
    Object.entries(properties as Readonly<Record<string, Row>>).map(([property, row]) => ({
      name: `${group}.${property}`,
      row,
    })),
  );
  return [
    `| property | ${TARGETS.join(" | ")} |`,
    `|---|${TARGETS.map(() => "---|").join("")}`,
    ...rows.map(
      ({ name, row }) => `| \`${name}\` | ${TARGETS.map((target) => cell(row[target])).join(" | ")} |`,
    ),
  ].join("\n");
}

function cell(support: Support): string {
  if (typeof support === "string") return support === "yes" ? "✓" : support === "no meaning" ? "–" : support;
  return support.of === undefined ? support.instead : `${support.of}: ${support.instead}`;
}
