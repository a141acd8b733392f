import type { ImportNote } from "../../import/import-note.ts";
import type { ImportedModule } from "../../import/sandbox-module.ts";
import { colors } from "../../terminal/colors.ts";
import { table } from "./table.ts";

/**
 * What `nestbox import` wrote, and each thing that differs from the compose file.
 * @param list the module whose list the sandbox has to be added to
 */
export function describeImport(
  { sandbox, services, notes }: Omit<ImportedModule, "code">,
  file: string,
  list: string | undefined,
): string {
  const count = services.length === 1 ? "1 service" : `${services.length} services`;
  const differences = describeDifferences(notes);
  const add = list === undefined ? "" : `Add it to the list in ${list}. `;
  return [
    `${colors.green("✓")} ${file}  sandbox ${sandbox}, ${count}`,
    ...(differences === "" ? [] : ["", differences]),
    "",
    `${add}Next: npx nestbox up ${sandbox}, or npx nestbox run ${sandbox} -- COMMAND`,
    "",
  ].join("\n");
}

/** Each thing that differs from the compose file, with its line. Empty without any. */
export function describeDifferences(notes: readonly ImportNote[]): string {
  const rows = notes.map(({ file, line, path, message }) => [
    colors.dim(`${file}:${line}`),
    `${path}: ${message}`,
  ]);
  return rows.length === 0 ? "" : `Other than in the compose file:\n${table(rows)}`;
}
