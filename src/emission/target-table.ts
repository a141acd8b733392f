import { exceptionsIn, type PropertyLoss } from "../losses/support.ts";
import type { TargetEntry } from "../sandbox/target.ts";

/**
 * A Markdown table of all properties of a declaration: for each form of each target, whether it expresses
 * the property.
 */
export async function targetTable(targets: readonly TargetEntry[]): Promise<string> {
  const tables = (await Promise.all(targets.map(({ load }) => load()))).flatMap(({ losses }) => losses);
  const rows = GROUPS.flatMap((group) => {
    const columns = tables.map((table) => exceptionsIn(table, group));
    return (columns[0] ?? []).map(({ property }, row) => {
      const cells = columns.map((column) => cell(column[row]?.exception));
      return `| \`${group}.${property}\` | ${cells.join(" | ")} |`;
    });
  });
  return [
    `| property | ${tables.map(({ name }) => name).join(" | ")} |`,
    `|---|${tables.map(() => "---|").join("")}`,
    ...rows,
  ].join("\n");
}

const GROUPS = ["sandbox", "network", "service", "probe", "job", "gitlab"] as const;

function cell(exception: string | Pick<PropertyLoss<never>, "instead" | "appliesTo"> | undefined): string {
  if (exception === undefined) return "✓";
  if (exception === "no meaning") return "–";
  if (typeof exception === "string") return exception;
  const { appliesTo, instead } = exception;
  return appliesTo === undefined ? instead : `${appliesTo}: ${instead}`;
}
