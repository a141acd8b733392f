import { CATALOG, type CatalogEntry } from "../../catalog/index.ts";
import { ConfigurationError } from "../../model/problem.ts";
import { nearestWord } from "../../model/spelling.ts";

/**
 * The services of the catalog with these names, each once; the default without a name. The name of the
 * catalog's function also names its service.
 * @throws ConfigurationError for an unknown name
 */
export function chooseServices(names: readonly string[]): readonly CatalogEntry[] {
  const chosen = names.length === 0 ? CATALOG.slice(0, 1) : names.map(serviceNamed);
  return [...new Set(chosen)];
}

function serviceNamed(name: string): CatalogEntry {
  const found = CATALOG.find((one) => one.name === name || one.from === name);
  if (found !== undefined) return found;
  const known = CATALOG.map((one) => one.name);
  const nearest = nearestWord(name, known);
  const hint = nearest === undefined ? "" : `; did you mean "${nearest}"?`;
  throw new ConfigurationError(
    `--service: "${name}" is not in the catalog` +
      `${hint || "; declare other images in the file that init writes"}\n` +
      `  The catalog has ${known.join(", ")}.`,
  );
}
